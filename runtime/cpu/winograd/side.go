package winograd

import (
	"unsafe"

	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// side is a feature map on its way into the products: the input of the convolution through the matrices B^T, or for
// the gradient of the weights also the gradient of its output through A. Along each axis a tile reads operands voxels,
// of which the first of tile t is t*tile-low, and becomes points values.
//
// The z transform makes of one row of the map, operands planes deep, points rows of Z (zRow). The y and x transforms
// make of a strip of tiles of one plane of Z the operands of the products (strip).
type side struct {
	channels, blocks int
	source           [3]int // voxels of the map
	low              [3]int // zeros before them
	operands         [3]int
	tile, points     [3]int
	columns          int // columns of a row of Z: what all tiles along x read

	z, y kernel.RowTransformFunc
	x    kernel.TransformFunc
}

// newInputSide returns the side of the input; overlapping tiles read all their points.
func newInputSide(g *geometry) *side {
	s := newSide(g, kernel.SideInput)
	s.channels, s.blocks = g.in, g.inBlocks()
	for i, a := range g.axes {
		s.source[i], s.low[i], s.operands[i] = a.source, a.low, a.points
	}
	s.columns = g.axes[2].span()
	return s
}

// newGradientSide returns the side of the gradient of the output, whose tiles do not overlap.
func newGradientSide(g *geometry) *side {
	s := newSide(g, kernel.SideGradient)
	s.channels, s.blocks = g.out, g.outBlocks()
	for i, a := range g.axes {
		s.source[i], s.operands[i] = a.result, a.tile
	}
	s.columns = g.axes[2].tiles * g.axes[2].tile
	return s
}

func newSide(g *geometry, matrix kernel.Side) *side {
	s := &side{
		z: kernel.RowTransform(g.axes[0].tile, g.axes[0].taps, matrix),
		y: kernel.RowTransform(g.axes[1].tile, g.axes[1].taps, matrix),
		x: kernel.Transform(g.axes[2].tile, g.axes[2].taps, matrix),
	}
	for i, a := range g.axes {
		s.tile[i], s.points[i] = a.tile, a.points
	}
	return s
}

// zLayout places rows of Z, [points of z][block][row][column][16], in a buffer that keeps a window of the rows: row y
// lies at y modulo rows. The distances are chosen against aliasing.
type zLayout struct {
	rows               int // of one block that are kept at a time
	pitch, plane, size int // floats of a row, of one point, of the whole
}

func newZLayout(points, blocks, rows, columns int) zLayout {
	l := zLayout{rows: rows, pitch: oddLines(columns * kernel.Lanes)}
	l.plane = oddLines(blocks * rows * l.pitch)
	l.size = points * l.plane
	return l
}

// row returns where a row begins, at the first point.
func (l *zLayout) row(block, y int) int { return (block*l.rows + y%l.rows) * l.pitch }

// arms is what a worker's transforms keep their operands in, so that running allocates nothing.
type arms struct {
	rows [maxPoints]*float32
}

const maxPoints = 8

// The columns that the z transform takes at a time: of a plain map, few enough that the rows brought into a block stay
// in the first-level cache; of a blocked one, as many as the scheduler may have to wait for.
const (
	plainSegment   = 32
	blockedSegment = 2048
)

// zeros is what the transforms read of a row outside of the map: no more than a segment of the z transform or a strip of
// tiles, which is far shorter.
var zeros = make([]float32, blockedSegment*kernel.Lanes)

// gatherRoom holds one of the rows of a plain map as a block, gatherFloats all of them: the scratch of zRow.
const (
	gatherRoom   = (plainSegment + 1) * kernel.Lanes
	gatherFloats = maxPoints * gatherRoom
)

// inside tells whether row y, counted from the first that the tiles read, lies in the map.
func (s *side) inside(y int) bool { return y >= s.low[1] && y < s.low[1]+s.source[1] }

// zRow transforms row y of a block of channels of sample n, counted from the first row that the tiles read, for row
// tileZ of tiles along z. It must be inside. dst receives the rows of all points, plane floats apart, each of
// s.columns voxels. scratch holds gatherFloats.
func (s *side) zRow(a *arms, in kernel.Map, n, block, tileZ, y int, dst []float32, plane int, scratch []float32) {
	width, low := s.source[2], s.low[2]
	used := min(width, s.columns-low) // what lies behind is read by no tile
	for j := range s.points[0] {
		row := dst[j*plane:][:s.columns*kernel.Lanes]
		clear(row[:low*kernel.Lanes])
		clear(row[(low+used)*kernel.Lanes:])
	}
	segment := plainSegment
	if in.Blocked {
		segment = blockedSegment
	}
	volume := s.source[0] * s.source[1] * width
	firstZ := tileZ*s.tile[0] - s.low[0]
	operands := a.rows[:s.operands[0]]
	for x := 0; x < used; x += segment {
		count := min(used-x, segment)
		for k := range operands {
			z := firstZ + k
			start := (z*s.source[1]+y-s.low[1])*width + x
			switch {
			case z < 0 || z >= s.source[0]:
				operands[k] = &zeros[0]
			case in.Blocked:
				row := in.Data[n*in.Stride+(block*volume+start)*kernel.Lanes:][:count*kernel.Lanes]
				operands[k] = unsafe.SliceData(row)
			default:
				room := scratch[k*gatherRoom:][:count*kernel.Lanes]
				channels := min(s.channels-block*kernel.Lanes, kernel.Lanes)
				kernel.Interleave(room, in.Data[n*in.Stride+block*kernel.Lanes*volume+start:], volume, channels, count)
				operands[k] = unsafe.SliceData(room)
			}
		}
		s.z(dst[(low+x)*kernel.Lanes:], plane, operands, count, kernel.Lanes, kernel.Lanes)
	}
}

// stripRows transforms what count tiles of row tileY of tiles, from tile firstX, read of one block of channels along y.
// z is the plane of Z of one point; dst receives the rows of all points, plane floats apart.
func (s *side) stripRows(a *arms, z []float32, l *zLayout, block, tileY, firstX, count int, dst []float32, plane int) {
	operands := a.rows[:s.operands[1]]
	column := firstX * s.tile[2] * kernel.Lanes
	for k := range operands {
		y := tileY*s.tile[1] + k
		operands[k] = &zeros[0]
		if s.inside(y) {
			operands[k] = &z[l.row(block, y)+column]
		}
	}
	s.y(dst, plane, operands, s.reach(count), kernel.Lanes, kernel.Lanes)
}

// reach is the number of columns that tiles beside each other read.
func (s *side) reach(tiles int) int { return (tiles-1)*s.tile[2] + s.operands[2] }

// strip transforms count tiles of row tileY of tiles, from tile firstX, of one block of channels along y and x. z is
// the plane of Z of one point; dst receives the tiles, [point of y][point of x][tile][16], points a distance apart.
// scratch holds points of y times stripPitch(count).
func (s *side) strip(a *arms, z []float32, l *zLayout, block, tileY, firstX, count int, dst []float32, distance int, scratch []float32) {
	pitch := s.stripPitch(count)
	s.stripRows(a, z, l, block, tileY, firstX, count, scratch, pitch)
	s.x(dst, scratch, distance, kernel.Lanes, count, kernel.Lanes, s.tile[2]*kernel.Lanes, s.points[1], s.points[2]*distance, pitch)
}

// stripPitch returns the floats of a row of a strip of tiles between the y and the x transforms.
func (s *side) stripPitch(tiles int) int { return oddLines(s.reach(tiles) * kernel.Lanes) }
