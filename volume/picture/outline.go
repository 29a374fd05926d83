package picture

import (
	"image"
	"image/color"
	"math"
)

// segment is a piece of an outline, in pixels; whole numbers are the centres of pixels.
type segment struct{ x0, y0, x1, y1 float64 }

// outline returns where a field of width × height values passes through 0.5, as segments through the squares between
// four neighbouring pixels (marching squares). Beyond the border the field goes on as 0, so that outlines close.
func outline(field []float32, width, height int) []segment {
	at := func(x, y int) float64 {
		if x < 0 || y < 0 || x >= width || y >= height {
			return 0
		}
		return float64(field[y*width+x])
	}
	var segments []segment
	for y := -1; y < height; y++ {
		for x := -1; x < width; x++ {
			// The corners, clockwise from the upper left.
			values := [4]float64{at(x, y), at(x+1, y), at(x+1, y+1), at(x, y+1)}
			corners := [4][2]float64{{0, 0}, {1, 0}, {1, 1}, {0, 1}}
			var crossings [4][2]float64
			count := 0
			for a := range 4 {
				b := (a + 1) % 4
				if (values[a] > 0.5) == (values[b] > 0.5) {
					continue
				}
				f := (0.5 - values[a]) / (values[b] - values[a])
				crossings[count] = [2]float64{
					float64(x) + corners[a][0] + f*(corners[b][0]-corners[a][0]),
					float64(y) + corners[a][1] + f*(corners[b][1]-corners[a][1]),
				}
				count++
			}
			if count == 4 && (values[0]+values[1]+values[2]+values[3] > 2) != (values[0] > 0.5) {
				// A saddle. In turn, the crossings pair around the second and the fourth corner; the middle is not
				// as the first corner is, so that it is the first and the third that are cut off.
				crossings = [4][2]float64{crossings[3], crossings[0], crossings[1], crossings[2]}
			}
			for i := 0; i+1 < count; i += 2 {
				p, q := crossings[i], crossings[i+1]
				segments = append(segments, segment{p[0], p[1], q[0], q[1]})
			}
		}
	}
	return segments
}

// lineWidth is the width of a drawn outline in pixels.
const lineWidth = 1.6

// stroke draws segments as one line with smooth edges: a pixel is covered by as much as the nearest segment covers it,
// so that joints do not show.
func stroke(out *image.RGBA, segments []segment, colour color.RGBA) {
	width, height := out.Bounds().Dx(), out.Bounds().Dy()
	cover := make([]float64, width*height)
	const reach = lineWidth/2 + 0.5
	for _, s := range segments {
		for y := max(0, int(min(s.y0, s.y1)-reach)); y <= min(height-1, int(max(s.y0, s.y1)+reach)+1); y++ {
			for x := max(0, int(min(s.x0, s.x1)-reach)); x <= min(width-1, int(max(s.x0, s.x1)+reach)+1); x++ {
				i := y*width + x
				cover[i] = max(cover[i], min(1, reach-s.distance(float64(x), float64(y))))
			}
		}
	}
	mix := func(under, over uint8, c float64) uint8 {
		return uint8(math.Round(float64(under) + c*(float64(over)-float64(under))))
	}
	for i, c := range cover {
		if c > 0 {
			x, y := i%width, i/width
			under := out.RGBAAt(x, y)
			out.SetRGBA(x, y, color.RGBA{mix(under.R, colour.R, c), mix(under.G, colour.G, c), mix(under.B, colour.B, c), 255})
		}
	}
}

// distance returns the distance of a point from the segment.
func (s segment) distance(x, y float64) float64 {
	dx, dy := s.x1-s.x0, s.y1-s.y0
	along := 0.0
	if length := dx*dx + dy*dy; length > 0 {
		along = min(max(((x-s.x0)*dx+(y-s.y0)*dy)/length, 0), 1)
	}
	return math.Hypot(x-s.x0-along*dx, y-s.y0-along*dy)
}
