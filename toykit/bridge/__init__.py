"""toykit.bridge"""
