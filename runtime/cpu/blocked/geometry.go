package blocked

import "github.com/vnlang/vn/runtime/cpu/kernel"

// isProduct says whether the windows of a kernel without gaps tile the input, but for a rest smaller than a window at its
// ends.
func isProduct(c kernel.Convolution) bool {
	for axis := range 3 {
		rest := c.Input[axis] - c.Output[axis]*c.Stride[axis]
		if c.Kernel[axis] != c.Stride[axis] || c.PadLow[axis] != 0 || rest < 0 || rest >= c.Stride[axis] {
			return false
		}
	}
	return true
}

// merge joins the axes of a product whose voxels follow each other in memory, without a change to any flat index: rows
// become as long as they can be.
func merge(c kernel.Convolution) kernel.Convolution {
	for axis := range 2 {
		next := axis + 1
		if c.Stride[axis] != 1 || c.Input[next] != c.Output[next]*c.Stride[next] {
			continue
		}
		c.Input[next] *= c.Input[axis]
		c.Output[next] *= c.Output[axis]
		c.Input[axis], c.Output[axis] = 1, 1
	}
	return c
}

// cut divides a grid of voxels into runs of whole rows, or long rows into pieces.
type cut struct {
	grid   [3]int
	ny, nx int // the rows and the voxels along x of a piece; the last on an axis may be smaller
}

// piece is rows [y, y+ny) of the plane z, voxels [x, x+nx) of each; there are several rows only where they are whole.
type piece struct{ z, y, ny, x, nx int }

// newCut makes pieces of about voxels voxels, with at most row of them along x.
func newCut(grid [3]int, row, voxels int) cut {
	row = max(min(row, voxels), 1)
	u := cut{grid: grid, ny: 1, nx: grid[2]}
	if grid[2] > row {
		const group = 8 // rows of the matrix product that are computed together
		u.nx = roundUp(ceilDiv(grid[2], ceilDiv(grid[2], row)), group)
		return u
	}
	u.ny = min(max(voxels/u.nx, 1), grid[1])
	return u
}

func (u cut) pieces() int { return u.grid[0] * ceilDiv(u.grid[1], u.ny) * ceilDiv(u.grid[2], u.nx) }

func (u cut) piece(i int) (b piece) {
	nx, ny := ceilDiv(u.grid[2], u.nx), ceilDiv(u.grid[1], u.ny)
	b.x = i % nx * u.nx
	b.y = i / nx % ny * u.ny
	b.z = i / nx / ny
	b.nx = min(u.nx, u.grid[2]-b.x)
	b.ny = min(u.ny, u.grid[1]-b.y)
	return b
}

// voxels is the number of voxels of the largest piece.
func (u cut) voxels() int { return u.ny * u.nx }

// place returns where a channel of a voxel lies in a sample of a map with volume voxels.
func place(isBlocked bool, volume, channel, voxel int) int {
	if isBlocked {
		return (channel/kernel.Lanes*volume+voxel)*kernel.Lanes + channel%kernel.Lanes
	}
	return channel*volume + voxel
}

func volume(size [3]int) int { return size[0] * size[1] * size[2] }

func ceilDiv(a, b int) int { return (a + b - 1) / b }

func roundUp(n, unit int) int { return ceilDiv(n, unit) * unit }
