// Package picture draws slices of volumes as a radiologist looks at them, with the outlines of masks on top.
//
// A slice is cut along the patient's axes (volume.Geometry.Canonical) and shown as is usual: axial slices from below,
// coronal ones from the front, sagittal ones from the left, with the patient's left side on the right hand and the
// head or the front at the top. Pixels are square whatever the spacing. Brightness runs from the 1st to the 99th
// percentile of the slice.
//
//	slice, err := picture.Slice(image, picture.Axial, 17,
//		picture.Contour{Mask: truth, Colour: picture.Truth},
//		picture.Contour{Mask: predicted, Colour: picture.Prediction})
//	err = picture.WritePNG("case07.png", slice)
package picture

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"slices"

	"github.com/vnlang/vn/internal/atomicfile"
	"github.com/vnlang/vn/volume"
)

// Plane is the direction in which a volume is cut, and the canonical axis across the cut.
type Plane int

// The planes.
const (
	Sagittal Plane = iota // across x: the back on the right, the head at the top
	Coronal               // across y: the patient's left on the right, the head at the top
	Axial                 // across z: the patient's left on the right, the front at the top
)

// Contour is a mask whose outline is drawn, wherever its grid stands.
type Contour struct {
	Mask   *volume.Volume // inside where above 0.5
	Colour color.RGBA
}

// The colours of a reference mask and of a predicted one: apart for the colour-blind too, and on grey.
var (
	Truth      = color.RGBA{R: 90, G: 220, B: 255, A: 255} // light blue
	Prediction = color.RGBA{R: 255, G: 150, B: 40, A: 255} // orange
)

// longSide is the number of pixels that the longer side of a slice gets.
const longSide = 480

// Slice draws one slice of a volume, its number counted along the canonical axis across the plane, with the outlines
// of masks on it. The picture is 480 pixels on its longer side.
func Slice(v *volume.Volume, plane Plane, number int, contours ...Contour) (*image.RGBA, error) {
	cut, err := cutting(v.Geometry, plane, number)
	if err != nil {
		return nil, err
	}
	grey, err := volume.Resample(v, cut, volume.Linear, 0)
	if err != nil {
		return nil, fmt.Errorf("draw a slice: %w", err)
	}
	out := image.NewRGBA(image.Rect(0, 0, cut.Size[0], cut.Size[1]))
	low, high := window(grey.Data)
	for i, value := range grey.Data {
		shade := uint8(255 * min(max((value-low)/(high-low), 0), 1))
		out.SetRGBA(i%cut.Size[0], i/cut.Size[0], color.RGBA{shade, shade, shade, 255})
	}
	for _, c := range contours {
		level, err := volume.Resample(c.Mask, cut, volume.Linear, 0)
		if err != nil {
			return nil, fmt.Errorf("draw the outline of a mask: %w", err)
		}
		stroke(out, outline(level.Data, cut.Size[0], cut.Size[1]), c.Colour)
	}
	return out, nil
}

// cutting returns the grid of square pixels, one voxel thick, on which a slice is shown: x to the right, y downwards.
func cutting(g volume.Geometry, plane Plane, number int) (volume.Geometry, error) {
	if err := g.Validate(); err != nil {
		return g, fmt.Errorf("draw a slice: %w", err)
	}
	if plane < Sagittal || plane > Axial {
		return g, fmt.Errorf("draw a slice: there is no plane %d", plane)
	}
	c := g.Canonical()
	if number < 0 || number >= c.Size[plane] {
		return g, fmt.Errorf("draw slice %d: the volume has slices 0 to %d in this plane", number, c.Size[plane]-1)
	}
	axes := [...][3]int{Sagittal: {1, 2, 0}, Coronal: {0, 2, 1}, Axial: {0, 1, 2}}[plane]
	right, down := axes[0], axes[1]
	width := float64(c.Size[right]) * c.Spacing[right]
	height := float64(c.Size[down]) * c.Spacing[down]
	pixel := max(width, height) / longSide

	cut := volume.Geometry{
		Size:    [3]int{max(1, int(math.Round(width/pixel))), max(1, int(math.Round(height/pixel))), 1},
		Spacing: [3]float64{pixel, pixel, c.Spacing[plane]},
	}
	// The picture's corner is the corner of the first voxel, half a voxel before its centre.
	var corner [3]float64
	corner[plane] = float64(number)
	corner[right] = -0.5 + 0.5*pixel/c.Spacing[right]
	corner[down] = -0.5 + 0.5*pixel/c.Spacing[down]
	sign := 1.0
	if down == 2 { // the head is the far end of z, and belongs at the top
		sign = -1
		corner[down] = float64(c.Size[down]-1) - corner[down]
	}
	cut.Origin = c.Point(corner)
	for row := range 3 {
		cut.Direction[row] = [3]float64{c.Direction[row][right], sign * c.Direction[row][down], c.Direction[row][plane]}
	}
	return cut, nil
}

// window returns the 1st and the 99th percentile of the values, apart even where all are the same.
func window(values []float32) (low, high float32) {
	finite := make([]float32, 0, len(values))
	for _, value := range values {
		if value-value == 0 {
			finite = append(finite, value)
		}
	}
	if len(finite) == 0 {
		return 0, 1
	}
	slices.Sort(finite)
	low, high = finite[len(finite)/100], finite[len(finite)*99/100]
	if low == high {
		return low, math.Nextafter32(high, float32(math.Inf(1)))
	}
	return low, high
}

// Montage lays pictures in rows of the given number of columns on black, each in the middle of a cell as large as the
// largest of them.
func Montage(columns int, tiles ...image.Image) *image.RGBA {
	const gap = 4
	columns = max(1, min(columns, len(tiles)))
	var cell image.Point
	for _, tile := range tiles {
		cell.X = max(cell.X, tile.Bounds().Dx())
		cell.Y = max(cell.Y, tile.Bounds().Dy())
	}
	rows := (len(tiles) + columns - 1) / columns
	out := image.NewRGBA(image.Rect(0, 0, columns*(cell.X+gap)-gap, max(0, rows*(cell.Y+gap)-gap)))
	draw.Draw(out, out.Bounds(), image.Black, image.Point{}, draw.Src)
	for i, tile := range tiles {
		size := tile.Bounds().Size()
		at := image.Pt(i%columns*(cell.X+gap), i/columns*(cell.Y+gap)).Add(cell.Sub(size).Div(2))
		draw.Draw(out, image.Rectangle{at, at.Add(size)}, tile, tile.Bounds().Min, draw.Over)
	}
	return out
}

// Segmentation draws what one wants to see of a case: four axial slices spread over the reference mask, or over the
// predicted one where there is no reference, then a coronal and a sagittal slice through its middle. Either mask may
// be nil.
func Segmentation(v, truth, predicted *volume.Volume) (*image.RGBA, error) {
	var contours []Contour
	if truth != nil {
		contours = append(contours, Contour{truth, Truth})
	}
	if predicted != nil {
		contours = append(contours, Contour{predicted, Prediction})
	}
	first, last := span(v.Geometry, contours)
	middle := func(axis Plane) int { return (first[axis] + last[axis]) / 2 }
	var tiles []image.Image
	for _, cut := range []struct {
		plane  Plane
		number int
	}{
		{Axial, first[2] + (last[2]-first[2])/5},
		{Axial, first[2] + (last[2]-first[2])*2/5},
		{Coronal, middle(Coronal)},
		{Axial, first[2] + (last[2]-first[2])*3/5},
		{Axial, first[2] + (last[2]-first[2])*4/5},
		{Sagittal, middle(Sagittal)},
	} {
		tile, err := Slice(v, cut.plane, cut.number, contours...)
		if err != nil {
			return nil, err
		}
		tiles = append(tiles, tile)
	}
	return Montage(3, tiles...), nil
}

// span returns the first and the last canonical index, along each axis of g, of the first mask that is not empty, or
// of the whole grid where all are.
func span(g volume.Geometry, contours []Contour) (first, last [3]int) {
	c := g.Canonical()
	for _, contour := range contours {
		mask := contour.Mask
		first, last = c.Size, [3]int{-1, -1, -1}
		for i, value := range mask.Data {
			if !(value > 0.5) {
				continue
			}
			x, y, z := i%mask.Size[0], i/mask.Size[0]%mask.Size[1], i/(mask.Size[0]*mask.Size[1])
			index := c.Index(mask.Point([3]float64{float64(x), float64(y), float64(z)}))
			for a := range 3 {
				n := min(max(int(math.Round(index[a])), 0), c.Size[a]-1)
				first[a], last[a] = min(first[a], n), max(last[a], n)
			}
		}
		if last[0] >= 0 {
			return first, last
		}
	}
	return [3]int{}, [3]int{c.Size[0] - 1, c.Size[1] - 1, c.Size[2] - 1}
}

// WritePNG writes a picture to a file, which it replaces in one step.
func WritePNG(path string, picture image.Image) error {
	return atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, picture) })
}
