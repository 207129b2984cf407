"""toykit.connectivity"""
