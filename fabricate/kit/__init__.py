"""The figure kit: a parametric toy sculpted as signed distance functions.

``design`` chooses what the figure looks like, ``figure`` sculpts it as named parts, ``solid`` turns the
parts into closed meshes, ``views`` renders the front view. Everything is in the figure frame: +Z up, the
figure faces -Y, its left hand on +X.
"""
