"""What to do next: drills, spaced review of items and a study plan.

Will own Drill, ReviewCard, ReviewLog and StudyPlan; it reads weak areas from analytics and starts its sittings
through delivery, whose assignments a drill is one of.
"""
