package picture

import (
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/volume"
)

// grid is stored from head to foot and from left to right, so that all planes have something to turn over.
func grid() volume.Geometry {
	return volume.Geometry{
		Size: [3]int{40, 30, 10}, Spacing: [3]float64{1, 1, 4}, Origin: [3]float64{39, 100, 36},
		Direction: [3][3]float64{{-1, 0, 0}, {0, 1, 0}, {0, 0, -1}},
	}
}

// ball returns a volume that is bright within a distance in mm of a position.
func ball(g volume.Geometry, centre [3]float64, radius float64, value float32) *volume.Volume {
	v := volume.New(g, volume.Uint8)
	for i := range v.Data {
		p := g.Point([3]float64{float64(i % g.Size[0]), float64(i / g.Size[0] % g.Size[1]), float64(i / (g.Size[0] * g.Size[1]))})
		if math.Sqrt(math.Pow(p[0]-centre[0], 2)+math.Pow(p[1]-centre[1], 2)+math.Pow(p[2]-centre[2], 2)) <= radius {
			v.Data[i] = value
		}
	}
	return v
}

// middle returns the middle of the pixels whose colour belongs, and their number.
func middle(picture *image.RGBA, belongs func(color.RGBA) bool) (x, y float64, count int) {
	for j := range picture.Bounds().Dy() {
		for i := range picture.Bounds().Dx() {
			if belongs(picture.RGBAAt(i, j)) {
				x += float64(i)
				y += float64(j)
				count++
			}
		}
	}
	return x / float64(count), y / float64(count), count
}

func TestSlice(t *testing.T) {
	// In the patient the grid reaches from x = -0.5 to 39.5, y = 99.5 to 129.5, z = -2 to 38.
	centre := [3]float64{28, 105, 28}
	v := ball(grid(), centre, 4.5, 100)
	for _, test := range []struct {
		name          string
		plane         Plane
		number        int
		width, height int
		x, y          float64 // where the ball belongs
	}{
		{"axial", Axial, 7, 480, 360, (28 + 0.5) * 12, (105 - 99.5) * 12},
		{"coronal", Coronal, 5, 480, 480, (28 + 0.5) * 12, (38 - 28) * 12},
		{"sagittal", Sagittal, 28, 360, 480, (105 - 99.5) * 12, (38 - 28) * 12},
	} {
		t.Run(test.name, func(t *testing.T) {
			picture, err := Slice(v, test.plane, test.number)
			if err != nil {
				t.Fatal(err)
			}
			if got := picture.Bounds(); got != image.Rect(0, 0, test.width, test.height) {
				t.Errorf("the picture has the bounds %v, want %d×%d", got, test.width, test.height)
			}
			x, y, count := middle(picture, func(c color.RGBA) bool { return c.R > 127 })
			if count < 1000 || math.Abs(x-test.x+0.5) > 1 || math.Abs(y-test.y+0.5) > 1 {
				t.Errorf("the ball is %d pixels about (%.1f, %.1f), want about (%.1f, %.1f)", count, x, y, test.x-0.5, test.y-0.5)
			}
		})
	}
}

func TestSliceContours(t *testing.T) {
	centre := [3]float64{20, 112, 16}
	v := ball(grid(), [3]float64{}, 0, 0)
	// The mask stands on a grid of its own.
	fine := volume.Geometry{
		Size: [3]int{80, 80, 80}, Spacing: [3]float64{0.5, 0.5, 0.5}, Origin: [3]float64{0, 95, -3},
		Direction: [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	}
	picture, err := Slice(v, Axial, 4, Contour{ball(fine, centre, 8, 1), Truth})
	if err != nil {
		t.Fatal(err)
	}
	x, y, count := middle(picture, func(c color.RGBA) bool { return c.B > 128 && c.R < c.B })
	if math.Abs(x-(20.5*12-0.5)) > 1.5 || math.Abs(y-(12.5*12-0.5)) > 1.5 {
		t.Errorf("the outline stands about (%.1f, %.1f), want (245.5, 149.5)", x, y)
	}
	// Its length is 2π·8 mm of 12 pixels, drawn about 1.6 pixels wide; the voxels' corners make it longer.
	if length := 2 * math.Pi * 8 * 12.0; float64(count) < length || float64(count) > 2.5*length {
		t.Errorf("%d pixels of outline, want about %.0f", count, 1.6*length)
	}
}

func TestSliceErrors(t *testing.T) {
	v := volume.New(grid(), volume.Uint8)
	for _, test := range []struct {
		plane  Plane
		number int
		want   string
	}{
		{Axial, 10, "draw slice 10: the volume has slices 0 to 9 in this plane"},
		{Sagittal, -1, "slices 0 to 39"},
		{Plane(3), 0, "no plane 3"},
	} {
		if _, err := Slice(v, test.plane, test.number); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}
	if _, err := Slice(&volume.Volume{}, Axial, 0); err == nil {
		t.Error("a slice of a volume without voxels is no error")
	}
	if _, err := Slice(v, Axial, 0, Contour{Mask: &volume.Volume{}}); err == nil {
		t.Error("the outline of a mask without voxels is no error")
	}
}

func TestWindow(t *testing.T) {
	values := make([]float32, 1000)
	for i := range values {
		values[i] = float32((i * 7) % 1000)
	}
	values[3] = float32(math.NaN())
	low, high := window(values)
	if low < 8 || low > 11 || high < 988 || high > 991 {
		t.Errorf("window %v to %v, want about 10 to 990", low, high)
	}
	if low, high := window([]float32{5, 5, 5}); low != 5 || high <= 5 {
		t.Errorf("window of one value: %v to %v", low, high)
	}
	if low, high := window([]float32{float32(math.Inf(1))}); low != 0 || high != 1 {
		t.Errorf("window of nothing finite: %v to %v", low, high)
	}
}

func TestMontage(t *testing.T) {
	red, blue := image.NewRGBA(image.Rect(0, 0, 10, 6)), image.NewRGBA(image.Rect(5, 5, 9, 13))
	fill := func(m *image.RGBA, c color.RGBA) {
		for i := 0; i < len(m.Pix); i += 4 {
			copy(m.Pix[i:], []uint8{c.R, c.G, c.B, 255})
		}
	}
	fill(red, color.RGBA{R: 255})
	fill(blue, color.RGBA{B: 255})
	m := Montage(2, red, blue, red)
	if got, want := m.Bounds(), image.Rect(0, 0, 24, 20); got != want {
		t.Fatalf("bounds %v, want %v", got, want)
	}
	for _, test := range []struct {
		x, y int
		want color.RGBA
	}{
		{0, 1, color.RGBA{255, 0, 0, 255}},
		{0, 0, color.RGBA{0, 0, 0, 255}},
		{17, 0, color.RGBA{0, 0, 255, 255}},
		{16, 0, color.RGBA{0, 0, 0, 255}},
		{9, 18, color.RGBA{255, 0, 0, 255}},
		{20, 15, color.RGBA{0, 0, 0, 255}},
	} {
		if got := m.RGBAAt(test.x, test.y); got != test.want {
			t.Errorf("pixel (%d, %d) is %v, want %v", test.x, test.y, got, test.want)
		}
	}
	if got := Montage(3).Bounds(); !got.Empty() {
		t.Errorf("a montage of nothing has the bounds %v", got)
	}
}

func TestSegmentation(t *testing.T) {
	v := ball(grid(), [3]float64{20, 112, 16}, 12, 100)
	truth := ball(grid(), [3]float64{20, 112, 16}, 10, 1)
	predicted := ball(grid(), [3]float64{22, 112, 16}, 9, 1)
	for _, test := range []struct {
		name             string
		truth, predicted *volume.Volume
	}{
		{"both", truth, predicted},
		{"only predicted", nil, predicted},
		{"neither", nil, nil},
		{"nothing found", volume.New(grid(), volume.Uint8), volume.New(grid(), volume.Uint8)},
	} {
		t.Run(test.name, func(t *testing.T) {
			picture, err := Segmentation(v, test.truth, test.predicted)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := picture.Bounds(), image.Rect(0, 0, 3*480+8, 2*480+4); got != want {
				t.Errorf("bounds %v, want %v", got, want)
			}
			_, _, blue := middle(picture, func(c color.RGBA) bool { return c.B > c.R && c.B > 128 })
			_, _, orange := middle(picture, func(c color.RGBA) bool { return c.R > c.B && c.R > 128 })
			if drawn := test.name == "both"; (blue > 1000) != drawn {
				t.Errorf("%d pixels of the reference", blue)
			}
			if drawn := test.name == "both" || test.name == "only predicted"; (orange > 1000) != drawn {
				t.Errorf("%d pixels of the prediction", orange)
			}
		})
	}
	first, last := span(grid(), []Contour{{Mask: truth}})
	if diff := cmp.Diff([2][3]int{{10, 2, 2}, {30, 22, 6}}, [2][3]int{first, last}); diff != "" {
		t.Error(diff)
	}
}

func TestWritePNG(t *testing.T) {
	path := filepath.Join(t.TempDir(), "slice.png")
	want := image.NewRGBA(image.Rect(0, 0, 3, 2))
	for i := range want.Pix {
		want.Pix[i] = uint8(i*10) | 255*uint8(i%4/3)
	}
	if err := WritePNG(path, want); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	got, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := WritePNG(filepath.Join(t.TempDir(), "missing", "slice.png"), want); err == nil {
		t.Error("a picture in a directory that is not there is no error")
	}
}
