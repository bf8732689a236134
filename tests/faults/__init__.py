"""The fault suite: Cutscore with its processes killed, frozen and cut off, and what must hold afterwards."""
