"""toykit.testing"""
