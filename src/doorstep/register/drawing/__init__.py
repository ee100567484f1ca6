"""From a map file or a picture to a compound's plan in metres. Pure: no database, no clock."""

from doorstep.register.drawing.geojson import Drawing, Shape, drawing_from_data, drawing_to_data, moved, read_geojson
from doorstep.register.drawing.matching import Known, Match, match, spread
from doorstep.register.drawing.pictures import Picture, clean_picture

__all__ = [
    "Drawing",
    "Known",
    "Match",
    "Picture",
    "Shape",
    "clean_picture",
    "drawing_from_data",
    "drawing_to_data",
    "match",
    "moved",
    "read_geojson",
    "spread",
]
