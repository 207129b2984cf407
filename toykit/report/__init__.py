"""toykit.report"""
