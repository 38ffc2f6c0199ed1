"""What layout methods are made of: trees and their leaf orders, nearest neighbours, the graph, the descent, UMAP, radii."""
