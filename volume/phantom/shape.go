package phantom

import "math"

// point is a position in mm: x to the left, y to the back, z to the head.
type point = [3]float64

// far is the distance of what is too far away to matter.
const far = 1e3

// ellipsoid is a solid with three axes.
type ellipsoid struct {
	centre point
	radii  point    // mm along its own axes
	axes   [3]point // its own axes, as unit vectors
	reach  float64  // mm² from the centre beyond which nothing of it is seen; negative where it is hidden
}

// newEllipsoid returns an ellipsoid turned by angles in degrees about x, then y, then z. Nothing of it is seen more
// than the given margin in mm beyond its surface.
func newEllipsoid(centre, radii, degrees point, margin float64) ellipsoid {
	r := rotation(degrees)
	e := ellipsoid{centre: centre, radii: radii}
	for a := range 3 {
		e.axes[a] = point{r[0][a], r[1][a], r[2][a]}
	}
	reach := max(radii[0], radii[1], radii[2]) + margin
	e.reach = reach * reach
	return e
}

// local returns the position in the ellipsoid's own axes, in units of its radii.
func (e *ellipsoid) local(p point) point {
	x, y, z := p[0]-e.centre[0], p[1]-e.centre[1], p[2]-e.centre[2]
	return point{
		(x*e.axes[0][0] + y*e.axes[0][1] + z*e.axes[0][2]) / e.radii[0],
		(x*e.axes[1][0] + y*e.axes[1][1] + z*e.axes[1][2]) / e.radii[1],
		(x*e.axes[2][0] + y*e.axes[2][1] + z*e.axes[2][2]) / e.radii[2],
	}
}

// seen reports whether a position is within reach.
func (e *ellipsoid) seen(p point) bool {
	x, y, z := p[0]-e.centre[0], p[1]-e.centre[1], p[2]-e.centre[2]
	return x*x+y*y+z*z <= e.reach
}

// distance returns about how far in mm the position lies outside the ellipsoid, negative inside: to first order in
// the distance from its surface.
func (e *ellipsoid) distance(p point) float64 {
	if !e.seen(p) {
		return far
	}
	return e.radial(e.local(p), 1)
}

// radial is the distance of the local position q from a surface that stands at the given multiple of the ellipsoid's
// own in q's direction.
func (e *ellipsoid) radial(q point, multiple float64) float64 {
	slope := norm(point{q[0] / e.radii[0], q[1] / e.radii[1], q[2] / e.radii[2]})
	if slope == 0 {
		return -multiple * min(e.radii[0], e.radii[1], e.radii[2])
	}
	rho := norm(q)
	return (rho - multiple) * rho / slope
}

// hide makes the ellipsoid far from everywhere if no position within the given distance in mm of p touches it.
func (e *ellipsoid) hide(p point, within float64) {
	if norm(e.local(p)) > 1+within/min(e.radii[0], e.radii[1], e.radii[2]) {
		e.reach = -1
	}
}

// tube runs along z with a bent centre line and a radius that varies.
type tube struct {
	x, y, radius      float64 // mm, at z = 0
	sway, swayPhase   float64 // mm to the side, as a sine of z
	bend              float64 // 1/mm: how its upper end turns to the back
	lean              float64 // how its lower end leans to the front
	swell, swellPhase float64 // part of the radius, as a sine of z
}

// distance returns about how far in mm the position lies outside the tube, negative inside.
func (t *tube) distance(p point) float64 {
	dx := p[0] - t.x
	if math.Abs(dx) > t.sway+1.3*t.radius+softness {
		return far
	}
	dx -= t.sway * math.Sin(p[2]/25+t.swayPhase)
	dy := p[1] - t.y
	if p[2] > 0 {
		dy -= t.bend * p[2] * p[2]
	} else {
		dy += t.lean * p[2] * p[2] / (15 - p[2])
	}
	if math.Abs(dy) > 1.3*t.radius+softness {
		return far
	}
	return math.Sqrt(dx*dx+dy*dy) - t.radius*(1+t.swell*math.Sin(p[2]/15+t.swellPhase))
}

// rotation returns the matrix that turns by degrees about x, then y, then z.
func rotation(degrees point) [3][3]float64 {
	var sin, cos point
	for a := range 3 {
		sin[a], cos[a] = math.Sincos(degrees[a] * math.Pi / 180)
	}
	return [3][3]float64{
		{cos[2] * cos[1], cos[2]*sin[1]*sin[0] - sin[2]*cos[0], cos[2]*sin[1]*cos[0] + sin[2]*sin[0]},
		{sin[2] * cos[1], sin[2]*sin[1]*sin[0] + cos[2]*cos[0], sin[2]*sin[1]*cos[0] - cos[2]*sin[0]},
		{-sin[1], cos[1] * sin[0], cos[1] * cos[0]},
	}
}

func norm(p point) float64 { return math.Sqrt(p[0]*p[0] + p[1]*p[1] + p[2]*p[2]) }

// softness is the width in mm over which the edge of a tissue fades.
const softness = 0.8

// cover returns how much of a position a tissue covers whose edge is the given distance away.
func cover(distance float64) float64 {
	return min(max(0.5-distance/softness, 0), 1)
}

// paint lays a tissue over a brightness.
func paint(under, over, cover float64) float64 { return under + cover*(over-under) }
