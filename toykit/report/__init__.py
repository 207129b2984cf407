"""The report: pages and `verdicts.json`, made from a run store and nothing else."""

from toykit.report.content import Content, gather
from toykit.report.describe import describe
from toykit.report.findings import Finding, findings
from toykit.report.pages import write_report

__all__ = ["Content", "Finding", "describe", "findings", "gather", "write_report"]
