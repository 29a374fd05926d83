package volume

// sizeSlack is the part of a voxel by which a size may fall short of a whole number and still be rounded up to it, so
// that a spacing of 0.59999998 counts as many voxels as 0.6.
const sizeSlack = 1e-3

// WithSpacing returns the grid that covers g with another spacing in mm. As in the released V-Net code it keeps the
// centre of voxel (0, 0, 0), not the corner of the image, and has int(size·spacing/new spacing) voxels along each
// axis, at least one. The geometry must be valid and the spacing positive.
func WithSpacing(g Geometry, spacing [3]float64) Geometry {
	out := g
	out.Spacing = spacing
	for axis := range 3 {
		voxels := float64(g.Size[axis]) * g.Spacing[axis] / spacing[axis]
		out.Size[axis] = max(1, int(voxels+sizeSlack))
	}
	return out
}

// CentreGrid returns the grid on which a network sees a volume: size voxels of the given spacing in mm, parallel to
// the volume's own canonical axes (see Geometry.Canonical), about its centre. One Resample onto it prepares a volume,
// and one Resample of the result onto the volume's geometry brings a result back.
//
// It is what the released V-Net code (DataManager.py, getNumpyData) reaches in two steps. That resamples to the new
// spacing, which is WithSpacing, and then cuts out the box that starts at voxel int((resampled size - size)/2); all
// voxels of the box are voxels of the resampled image, so resampling onto the box alone gives the same numbers. Two
// things differ. Where the volume is smaller than the box the released code enlarges the image at its far end; here
// the start is negative, so that the volume stands in the middle and the padding around it. And the released code
// takes the axes in the order of the file; here they are put in the patient's order first, which changes nothing for
// a volume that was stored so.
//
// The geometry must be valid, and spacing and size positive.
func CentreGrid(g Geometry, spacing [3]float64, size [3]int) Geometry {
	resampled := WithSpacing(g.Canonical(), spacing)
	var start [3]float64
	for axis := range 3 {
		start[axis] = float64((resampled.Size[axis] - size[axis]) / 2)
	}
	out := resampled
	out.Origin = resampled.Point(start)
	out.Size = size
	return out
}
