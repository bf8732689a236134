"""What to do next: drills, spaced review of items and a study plan.

Owns Drill and will own ReviewCard, ReviewLog and StudyPlan. A drill is a small form of one area and an assignment of
it to one person, made and offered through exams and delivery; the pages of analytics reach it by address.
"""
