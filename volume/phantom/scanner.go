package phantom

import (
	"math"

	"github.com/vnlang/vn/internal/rng"
	"github.com/vnlang/vn/volume"
)

// drawGrid draws where a scanner puts its voxels: 95 to 160 mm in plane and 60 to 95 mm of slices.
func drawGrid(r *rng.Stream) volume.Geometry {
	pixel := math.Round(300+450*math.Sqrt(r.Float64())) / 1000
	thickness := math.Round(r.Uniform(2.2, 4)*10) / 10
	field := r.Uniform(105, 160)
	pixels := min(max(int(math.Round(field/pixel/16))*16, 160), 320)
	g := volume.Geometry{
		Size:    [3]int{pixels, pixels, int(math.Ceil(r.Uniform(62, 92) / thickness))},
		Spacing: point{pixel, pixel, thickness},
	}
	// Axial slices, in half of the cases tilted to stand upright on the rectal wall.
	tilt := point{0, 0, r.Uniform(-3, 3)}
	if r.Float64() < 0.5 {
		tilt[0] = r.Uniform(-12, 12)
	} else {
		tilt[2] = 0
	}
	g.Direction = rotation(tilt)
	// Some archives hold the slices from head to foot, some the rows from back to front.
	order := point{1, 1, 1}
	switch storage := r.Float64(); {
	case storage < 0.15:
		order[2] = -1
	case storage < 0.25:
		order[0], order[1] = -1, -1
	}
	for row := range 3 {
		for axis := range 3 {
			g.Direction[row][axis] *= order[axis]
		}
	}
	middle := point{r.Uniform(-30, 30), r.Uniform(-40, 40), r.Uniform(-80, 80)}
	half := g.Point(point{float64(g.Size[0]-1) / 2, float64(g.Size[1]-1) / 2, float64(g.Size[2]-1) / 2})
	for a := range 3 {
		g.Origin[a] = math.Round((middle[a]-half[a])*1000) / 1000
	}
	return g
}

// scanner turns brightness into voxel values.
type scanner struct {
	voxelType volume.Type
	gain      float64 // value of brightness 1
	offset    float64 // value of no signal
	gamma     float64
	noise     float64 // deviation of the two channels, part of brightness 1

	middle point // LPS mm of the middle of the field of view
	linear point // the logarithm of the bias field: at 100 mm from the middle along each axis,
	square point // and what its square adds there
	coil   point // LPS mm of a receiver near the patient
	close  float64
}

func drawScanner(r *rng.Stream, g volume.Geometry) *scanner {
	s := &scanner{
		voxelType: volume.Int16,
		gain:      math.Exp(r.Uniform(math.Log(200), math.Log(2500))),
		gamma:     r.Uniform(0.85, 1.2),
		noise:     r.Uniform(0.015, 0.04),
		middle:    g.Point(point{float64(g.Size[0]-1) / 2, float64(g.Size[1]-1) / 2, float64(g.Size[2]-1) / 2}),
	}
	if r.Float64() < 0.5 {
		s.voxelType = volume.Uint16
	}
	if r.Float64() < 0.3 {
		s.offset = r.Uniform(0, 0.1) * s.gain
	}
	for a := range 3 {
		s.linear[a] = r.Uniform(-0.3, 0.3)
		s.square[a] = r.Uniform(-0.3, 0.15)
	}
	s.coil = point{s.middle[0] + r.Uniform(-40, 40), s.middle[1] + r.Uniform(60, 100), s.middle[2] + r.Uniform(-30, 30)}
	s.close = r.Uniform(0, 0.25)
	return s
}

// bias returns the sensitivity of the receiver at a position.
func (s *scanner) bias(p point) float64 {
	var log, toCoil float64
	for a := range 3 {
		d := (p[a] - s.middle[a]) / 100
		log += s.linear[a]*d + s.square[a]*d*d
		d = (p[a] - s.coil[a]) / 60
		toCoil += d * d
	}
	return math.Exp(log + s.close/(0.3+toCoil))
}

// tile is the side in pixels of the squares in which a slice is measured, so that each looks at few organs only.
const tile = 16

// acquire measures slice z of the anatomy into values, whole numbers.
func (s *scanner) acquire(g volume.Geometry, z int, b *anatomy, noise *rng.Stream, values []float32) {
	half := tile * math.Hypot(g.Spacing[0], g.Spacing[1]) / 2
	reach := half + g.Spacing[2]/2 + math.Sqrt(3)*warp + softness
	for y := 0; y < g.Size[1]; y += tile {
		for x := 0; x < g.Size[0]; x += tile {
			middle := b.local(g.Point(point{float64(x) + tile/2, float64(y) + tile/2, float64(z)}))
			part := b.within(middle, reach)
			for j := y; j < min(y+tile, g.Size[1]); j++ {
				for i := x; i < min(x+tile, g.Size[0]); i++ {
					values[j*g.Size[0]+i] = s.measure(g, point{float64(i), float64(j), float64(z)}, part, noise)
				}
			}
		}
	}
}

// measure returns the value of one voxel. It shows the mean of what lies within the thickness of its slice, here of
// two layers. The magnitude of a complex signal with normal noise in both channels is Rician.
func (s *scanner) measure(g volume.Geometry, index point, b *anatomy, noise *rng.Stream) float32 {
	p := g.Point(index)
	middle := b.local(p)
	warped := b.warped(middle)
	var sum float64
	for _, layer := range [...]float64{-0.25, 0.25} {
		var across point // mm
		for row := range 3 {
			across[row] = g.Direction[row][2] * g.Spacing[2] * layer
		}
		sum += b.signal(add(middle, across), add(warped, across))
	}
	signal := s.bias(p) * math.Pow(max(0, sum/2), s.gamma)
	inPhase, quadrature := signal+s.noise*noise.Normal(), s.noise*noise.Normal()
	magnitude := math.Sqrt(inPhase*inPhase + quadrature*quadrature)
	return float32(min(math.Round(s.offset+s.gain*magnitude), math.MaxInt16))
}

func add(p, q point) point { return point{p[0] + q[0], p[1] + q[1], p[2] + q[2]} }
