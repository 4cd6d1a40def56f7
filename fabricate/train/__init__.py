"""How the network of ``frontback`` is made:

shapes, pictures of them, training, export. Needs torch to train.
"""
