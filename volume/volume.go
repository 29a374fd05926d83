// Package volume holds three-dimensional images as they stand in the world: voxels together with the geometry that
// places them in the patient. It reads and writes them in the formats of medical imaging, resamples them onto other
// grids, and prepares them for a network.
//
// Coordinates are LPS millimetres, as in DICOM and ITK: x grows to the patient's left, y to the back, z to the head.
// An index (i, j, k) names a voxel's centre, and stands at
//
//	point = Origin + Direction · (Spacing ∘ index)
//
// so that a grid reaches from index -0.5 to Size-0.5. Column j of Direction is the unit vector of grid axis j.
// Triples are written x, y, z; in memory x is the fastest axis, as in the files.
package volume

import "fmt"

// Geometry places a grid of voxels in space.
type Geometry struct {
	Size      [3]int        // voxels along x, y, z
	Spacing   [3]float64    // mm between voxel centres along x, y, z
	Origin    [3]float64    // LPS mm of the centre of voxel (0, 0, 0)
	Direction [3][3]float64 // Direction[row][column]: column j is the LPS unit vector of grid axis j
}

// Voxels returns the number of voxels of the grid.
func (g Geometry) Voxels() int { return g.Size[0] * g.Size[1] * g.Size[2] }

// Volume is a scalar image. Voxels are float32 whatever the type on disk, which Type remembers: a network computes in
// float32, and every 8- and 16-bit value is exact in it.
type Volume struct {
	Geometry
	Type Type      // the voxel type of the file it came from, or is to be written as
	Data []float32 // length Size[0]*Size[1]*Size[2], x fastest
}

// New returns a volume of zeros on the given grid.
func New(g Geometry, t Type) *Volume {
	return &Volume{Geometry: g, Type: t, Data: make([]float32, g.Voxels())}
}

// At returns the voxel at index (x, y, z), which must lie inside the grid.
func (v *Volume) At(x, y, z int) float32 {
	return v.Data[(z*v.Size[1]+y)*v.Size[0]+x]
}

// Type is the type of a voxel on disk.
type Type uint8

// The voxel types, as MetaImage and NIfTI know them.
const (
	Uint8 Type = iota
	Int8
	Uint16
	Int16
	Uint32
	Int32
	Uint64
	Int64
	Float32
	Float64
)

var typeNames = [...]string{"uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"}

// String returns the type's name, such as "int16".
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return fmt.Sprintf("Type(%d)", uint8(t))
}
