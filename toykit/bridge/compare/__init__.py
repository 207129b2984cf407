"""Two checkpoints of one architecture: are they connected, how sure is that, and what did the theory predict?"""

from toykit.bridge.compare.comparing import Compared, compare, compared
from toykit.bridge.compare.sections import SECTIONS
from toykit.bridge.compare.setting import Setting, setting

__all__ = ["SECTIONS", "Compared", "Setting", "compare", "compared", "setting"]
