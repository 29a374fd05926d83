package workbench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A result never takes the place of a file that is there, the one with the voxels of a .mhd included.
func TestPlanSparesFiles(t *testing.T) {
	m := load(t, write(t, "net.vn", small), Options{})
	for name, c := range map[string]struct {
		input, file string // what is segmented, and what is there already
		refused     bool
	}{
		"header":              {"a.mhd", "a_segmentation.mhd", true},
		"voxels":              {"a.mhd", "a_segmentation.raw", true},
		"probability":         {"a.mhd", "a_probability.raw", true},
		"voxels of none":      {"a.mha", "a_segmentation.raw", false},
		"compressed voxels":   {"a.mhd", "a_segmentation.zraw", false},
		"mask of another one": {"a.mhd", "b_segmentation.raw", false},
	} {
		folder := t.TempDir()
		file := filepath.Join(folder, c.file)
		if err := os.WriteFile(file, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		for _, overwrite := range []bool{false, true} {
			o := RunOptions{Directory: folder, Probability: true, Overwrite: overwrite}
			_, _, err := m.Plan([]string{filepath.Join(folder, c.input)}, o)
			switch {
			case !c.refused || overwrite:
				if err != nil {
					t.Errorf("%s, overwrite %v: %v", name, overwrite, err)
				}
			case err == nil || !strings.Contains(err.Error(), file+" is there already"):
				t.Errorf("%s: the error is %v", name, err)
			}
		}
	}
}

// Inputs are spared even where results may be replaced.
func TestPlanSparesInputs(t *testing.T) {
	m := load(t, write(t, "net.vn", strings.Replace(small, `"*_segmentation.mhd"`, `"*_label.mhd"`, 1)), Options{})
	folder := t.TempDir()
	var inputs []string
	for _, name := range []string{"a.mhd", "a_segmentation.mhd"} {
		inputs = append(inputs, filepath.Join(folder, name))
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := m.Plan(inputs, RunOptions{Directory: folder, Overwrite: true})
	if err == nil || !strings.Contains(err.Error(), "would replace an input") {
		t.Errorf("the error is %v", err)
	}
}
