"""toykit.networks"""
