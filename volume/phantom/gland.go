package phantom

import (
	"math"

	"github.com/vnlang/vn/internal/rng"
)

// gland is the prostate: an ellipsoid whose surface is moved in and out along its radii, a capsule, and within it the
// transition zone, darker and nodular, and the peripheral zone around that.
type gland struct {
	ellipsoid
	waves   [6]wave
	hollow  float64 // how far the rectum presses its back in, part of the radius
	taper   float64 // how much narrower it is towards the apex, part of the radius
	capsule float64 // mm of dark rim, within the outline
	inner   ellipsoid
	septum  float64 // mm of dark line around the transition zone
	urethra tube
}

// wave is one term of the deformation, over the unit sphere of directions.
type wave struct {
	direction        point
	phase, amplitude float64
}

// deformation is the largest share of the radius that the waves add or take, together.
const deformation = 0.18

// drawGland draws a gland about the origin, no larger than the given volume in mm³.
func drawGland(r *rng.Stream, largest float64) gland {
	var g gland
	g.hollow, g.taper = r.Uniform(0.05, 0.2), r.Uniform(0.05, 0.2)
	var total float64
	for i := range g.waves {
		w := &g.waves[i]
		for a := range 3 {
			w.direction[a] = 2.2 * r.Normal()
		}
		w.phase = r.Uniform(0, 2*math.Pi)
		w.amplitude = r.Uniform(0.3, 1)
		total += w.amplitude
	}
	for i := range g.waves {
		g.waves[i].amplitude *= deformation / total
	}

	rx := r.Uniform(19, 29)
	radii := point{rx, rx * r.Uniform(0.68, 0.88), rx * r.Uniform(0.78, 1.05)}
	if filled := radii[0] * radii[1] * radii[2] * g.bulk(); filled > 0.97*largest {
		shrink := math.Cbrt(0.97 * largest / filled)
		for a := range 3 {
			radii[a] *= shrink
		}
	}
	g.ellipsoid = newEllipsoid(point{}, radii, point{r.Uniform(-15, 15), r.Uniform(-5, 5), r.Uniform(-6, 6)}, mottled+8)
	g.capsule = min(r.Uniform(1.4, 2.2), 0.17*radii[1])
	g.septum = r.Uniform(0.4, 0.9)
	share := r.Uniform(0.65, 0.8)
	g.inner = newEllipsoid(
		point{r.Uniform(-0.05, 0.05) * radii[0], -r.Uniform(0.1, 0.2) * radii[1], r.Uniform(0.05, 0.2) * radii[2]},
		point{share * radii[0], share * radii[1], share * radii[2]},
		point{r.Uniform(-15, 15), 0, r.Uniform(-10, 10)}, margin)
	g.urethra = tube{x: r.Uniform(-1, 1), y: r.Uniform(-0.2, 0.1) * radii[1], radius: r.Uniform(1.2, 2)}
	return g
}

// radius returns where the gland's surface stands in the direction of a unit vector of its own axes, in units of the
// undeformed radius.
func (g *gland) radius(u point) float64 {
	radius := 1.0
	for i := range g.waves {
		w := &g.waves[i]
		radius += w.amplitude * math.Cos(w.direction[0]*u[0]+w.direction[1]*u[1]+w.direction[2]*u[2]+w.phase)
	}
	if u[1] > 0 {
		radius -= g.hollow * u[1] * u[1] * math.Exp(-8*u[0]*u[0])
	}
	if u[2] < 0 {
		radius += 2 * g.taper * u[2] * (1 - u[2]*u[2])
	}
	return radius
}

// bulk returns the gland's volume in units of the product of its radii: the integral of radius³/3 over all
// directions, by a sum over points spread evenly on a spiral.
func (g *gland) bulk() float64 {
	const points = 2000
	var sum float64
	for i := range points {
		z := 1 - (2*float64(i)+1)/points
		sin, cos := math.Sincos(float64(i) * math.Pi * (3 - math.Sqrt(5)))
		across := math.Sqrt(1 - z*z)
		radius := g.radius(point{across * cos, across * sin, z})
		sum += radius * radius * radius
	}
	return sum / points * 4 * math.Pi / 3
}

// distance returns about how far in mm the position lies outside the gland, negative inside.
func (g *gland) distance(p point) float64 {
	if !g.seen(p) {
		return far
	}
	q := g.local(p)
	rho := norm(q)
	if rho > 1.6 || rho < 0.5 { // where the deformation cannot reach
		return g.radial(q, 1)
	}
	return g.radial(q, g.radius(point{q[0] / rho, q[1] / rho, q[2] / rho}))
}
