"""From one picture to a solid: the picture framed, its silhouette inflated, two depth sheets fused."""
