"""Queries; what they mean is the services' business."""
