"""Maps drawn as SVG: the land, names of regions, and circles, without any national boundary."""
