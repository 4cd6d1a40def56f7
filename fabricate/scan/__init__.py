"""A phone scan, points or a mesh, rebuilt as one closed, coloured figure that stands and faces front."""
