"""The units of any traced network: their moments, matching by their answers, and setting their mean and deviation."""
