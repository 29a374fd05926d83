package workbench

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/artifact"
)

func TestWeightsThatDoNotFit(t *testing.T) {
	w := open(t, load(t, write(t, "net.vn", small), Options{Training: true}))
	if err := w.Initialise(1); err != nil {
		t.Fatal(err)
	}
	good := w.weights()
	for _, c := range []struct {
		name   string
		change func(t []artifact.Tensor) []artifact.Tensor
		want   []string // parts of the error; none where the weights are taken
		unused []string
	}{
		{"as they are", func(t []artifact.Tensor) []artifact.Tensor { return t }, nil, nil},
		{"one more", func(t []artifact.Tensor) []artifact.Tensor {
			return append(t, artifact.Tensor{Name: "b.weight", Shape: []int{1}, Fill: artifact.Values([]float32{1})})
		}, nil, []string{"b.weight"}},
		{"an optimizer's state", func(t []artifact.Tensor) []artifact.Tensor {
			return append(t, artifact.Tensor{Name: "a.conv.weight.first", Shape: []int{1}, Fill: artifact.Values([]float32{1})})
		}, nil, nil},
		{"another name", func(t []artifact.Tensor) []artifact.Tensor {
			for i := range t {
				t[i].Name = strings.Replace(t[i].Name, "a.conv.weight", "a.conv.wieght", 1)
			}
			return t
		}, []string{"1 missing: a.conv.weight (is it a.conv.wieght?)", "1 that the model does not know: a.conv.wieght"}, nil},
		{"another shape", func(t []artifact.Tensor) []artifact.Tensor {
			t[0].Shape, t[0].Fill = []int{3}, artifact.Values(make([]float32, 3))
			return t
		}, []string{"1 of another shape: a.batch_norm.running_mean is [3] there and [2] in the model", "--set"}, nil},
		{"none", func([]artifact.Tensor) []artifact.Tensor { return nil }, []string{"missing:", "more"}, nil},
		{"not a number", func(t []artifact.Tensor) []artifact.Tensor {
			t[0].Fill = artifact.Values([]float32{1, float32(math.NaN())})
			return t
		}, []string{"a.batch_norm.running_mean[1] is NaN"}, nil},
	} {
		path := filepath.Join(t.TempDir(), "w.safetensors")
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := artifact.WriteTensors(file, c.change(slices.Clone(good)), nil); err != nil {
			t.Fatal(err)
		}
		file.Close()
		unused, err := w.LoadFile(path)
		if diff := cmp.Diff(c.unused, unused); diff != "" {
			t.Errorf("%s: unused (-want +got):\n%s", c.name, diff)
		}
		if (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v", c.name, err)
		}
		for _, part := range c.want {
			if err != nil && !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q does not hold %q", c.name, err, part)
			}
		}
	}
}
