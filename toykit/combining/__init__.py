"""toykit.combining"""
