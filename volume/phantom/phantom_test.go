package phantom

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/internal/rng"
	"github.com/vnlang/vn/volume"
)

// TestWriteDataset writes three cases, reads them back, and looks at what they are.
func TestWriteDataset(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "set")
	if err := WriteDataset(dir, 3, 1, Options{}); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	var want []string
	for _, name := range []string{"Case00", "Case01", "Case02"} {
		want = append(want, name+".mhd", name+".raw", name+"_segmentation.mhd", name+"_segmentation.raw")
		t.Run(name, func(t *testing.T) {
			image, err := volume.Read(filepath.Join(dir, name+".mhd"))
			if err != nil {
				t.Fatal(err)
			}
			label, err := volume.Read(filepath.Join(dir, name+"_segmentation.mhd"))
			if err != nil {
				t.Fatal(err)
			}
			checkCase(t, image, label)
		})
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}

	if err := WriteDataset(dir, 0, 1, Options{}); err == nil {
		t.Error("a data set of no cases is no error")
	}
	if err := WriteDataset(filepath.Join(dir, "Case00.mhd"), 1, 1, Options{}); err == nil {
		t.Error("a data set in a file is no error")
	}
}

func checkCase(t *testing.T, image, label *volume.Volume) {
	if err := volume.SameGrid(image.Geometry, label.Geometry); err != nil {
		t.Error(err)
	}
	if image.Type != volume.Int16 && image.Type != volume.Uint16 || label.Type != volume.Uint8 {
		t.Errorf("the image is of type %v and the label of type %v, want int16 or uint16, and uint8", image.Type, label.Type)
	}
	dice, err := volume.BestThresholdDice(image, label)
	if err != nil {
		t.Fatal(err)
	}
	if dice >= 0.5 {
		t.Errorf("a threshold reaches Dice %.3f, want less than 0.5", dice)
	}
	inside := 0
	for i, value := range label.Data {
		if value != 0 && value != 1 {
			t.Fatalf("label %v, want 0 or 1", value)
		}
		if gray := image.Data[i]; gray != float32(int16(gray)) || gray < 0 {
			t.Fatalf("voxel %v, want a whole number from 0 to 32767", gray)
		}
		inside += int(value)
	}
	share := float64(inside) / float64(len(label.Data))
	if share < 0.005 || share >= defaultMaxForeground {
		t.Errorf("the gland fills %.4f of the voxels, want 0.005 to %v", share, defaultMaxForeground)
	}
	if ml := volume.Millilitres(label); ml < 8 || ml > 110 {
		t.Errorf("the gland has %.1f ml, want 8 to 110", ml)
	}
	if whole, err := volume.Dice(label, volume.LargestComponent(label)); err != nil || whole != 1 {
		t.Errorf("the gland is in pieces: the largest has Dice %v with it (%v)", whole, err)
	}
}

// TestGenerateIsRepeatable draws a case again, and one of its slices by itself.
func TestGenerateIsRepeatable(t *testing.T) {
	const seed, number = 1, 1
	image, label, err := Generate(seed, number, Options{})
	if err != nil {
		t.Fatal(err)
	}
	grid := drawGrid(rng.New(seed, number, gridStream))
	if diff := cmp.Diff(grid, image.Geometry); diff != "" {
		t.Fatal(diff)
	}
	body := drawAnatomy(rng.New(seed, number, anatomyStream), grid, defaultMaxForeground, newTexture(rng.New(seed, number, textureStream)))
	z := grid.Size[2] / 2
	plane := grid.Size[0] * grid.Size[1]
	mask, values := make([]float32, plane), make([]float32, plane)
	body.label(grid, z, mask)
	drawScanner(rng.New(seed, number, scannerStream), grid).acquire(grid, z, body, rng.New(seed, number, noiseStream, uint64(z)), values)
	if diff := cmp.Diff(mask, label.Data[z*plane:(z+1)*plane]); diff != "" {
		t.Error("the label differs when drawn again")
	}
	if diff := cmp.Diff(values, image.Data[z*plane:(z+1)*plane]); diff != "" {
		t.Error("the image differs when drawn again")
	}
}

func TestMaxForeground(t *testing.T) {
	for _, limit := range []float64{0.005, 0.02} {
		for number := range uint64(2) {
			grid := drawGrid(rng.New(3, number))
			body := drawAnatomy(rng.New(4, number), grid, limit, newTexture(rng.New(5, number)))
			inside := 0
			mask := make([]float32, grid.Size[0]*grid.Size[1])
			for z := range grid.Size[2] {
				clear(mask)
				body.label(grid, z, mask)
				for _, value := range mask {
					inside += int(value)
				}
			}
			if share := float64(inside) / float64(grid.Voxels()); share >= limit || share < limit/8 {
				t.Errorf("case %d: the gland fills %.5f of the voxels, want less than %v, and not nothing", number, share, limit)
			}
		}
	}
}

func TestGenerateErrors(t *testing.T) {
	for _, test := range []struct {
		number  int
		options Options
		want    string
	}{
		{-1, Options{}, "case -1"},
		{0, Options{MaxForeground: -0.1}, "from 0.001 to 1"},
		{0, Options{MaxForeground: 1.5}, "from 0.001 to 1"},
	} {
		if _, _, err := Generate(1, test.number, test.options); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Generate(1, %d, %v): error %v, want one with %q", test.number, test.options, err, test.want)
		}
	}
}
