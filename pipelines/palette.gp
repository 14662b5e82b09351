# SPDX-License-Identifier: MIT
# The colours of all plots; the programs are built with them, and nca-render's pictures have them,
# too (common/plots.sh).

# For what has no order: lines, species. The first seven can be distinguished by colour-blind
# readers, and all of them as well as so many can be: Wong, "Points of view: color blindness",
# Nature Methods 8, 2011, in another order and with gray for yellow and black. Each of the others is
# as far as possible from those before it, in Oklab and as people with protanopia and deuteranopia
# see it (Machado, Oliveira and Fernandes, IEEE TVCG 15, 2009).
distinct = '#0072b2 #d55e00 #009e73 #cc79a7 #e69f00 #56b4e9 #606060 #0000aa \
    #5511ff #77ee99 #8877ff #661166 #005500 #ccccee #99bb88 #cc0099 \
    #ccdd00 #7700cc #444444 #dd33dd #ff4466 #22ccbb #990088 #995533 \
    #991100 #552200 #778844 #cc0066 #7799ff #bbcc66 #330088 #88ddbb'

# For cell types, from 0 to 1.
set palette defined (0 '#440154', 1 '#3b528b', 2 '#21918c', 3 '#5ec962', 4 '#e0c000')
