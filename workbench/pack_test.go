package workbench

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/compiler"
	"github.com/vnlang/vn/compiler/report"
	"github.com/vnlang/vn/lang/source"
)

func TestGather(t *testing.T) {
	for _, c := range []struct {
		files []string
		main  string
		names []string
	}{
		{[]string{"/a/b/main.vn"}, "main.vn", []string{"main.vn"}},
		{[]string{"/a/b/main.vn", "/a/b/parts/conv.vn"}, "main.vn", []string{"main.vn", "parts/conv.vn"}},
		{[]string{"/a/b/main.vn", "/a/conv.vn", "/a/bb/x.vn"}, "b/main.vn", []string{"b/main.vn", "bb/x.vn", "conv.vn"}},
		{[]string{"/main.vn", "/a/conv.vn"}, "main.vn", []string{"a/conv.vn", "main.vn"}},
	} {
		var files []*source.File
		for _, name := range c.files {
			files = append(files, source.NewFile(name, ""))
		}
		s := gather(files)
		var names []string
		for name := range s.texts {
			names = append(names, name)
		}
		slices.Sort(names)
		if diff := cmp.Diff(c.names, names); diff != "" || s.main != c.main {
			t.Errorf("%v: main %s, names (-want +got):\n%s", c.files, s.main, diff)
		}
	}
}

// A report survives its JSON form, whether the receptive field is one number or three.
func TestDecodeReport(t *testing.T) {
	want := &report.Report{Model: "Net", Parameters: 3, FLOPs: 1 << 40, Stages: []report.Stage{
		{Name: "a", Shape: []int{2, 8, 8, 4}, Parameters: 3, FLOPs: 7, ReceptiveField: report.ReceptiveField{3, 3, 3}},
		{Name: "b", Shape: []int{2, 8, 8, 4}, ReceptiveField: report.ReceptiveField{5, 3, 0}},
	}}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeReport(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, bad := range []string{``, `[]`, `{"stages": [{"receptive_field": "wide"}]}`} {
		if _, err := decodeReport([]byte(bad)); err == nil {
			t.Errorf("%q is a report", bad)
		}
	}
}

// Weights are packed with the settings that they were trained with, and with no others.
func TestSaveWithOtherSettings(t *testing.T) {
	m := load(t, write(t, "net.vn", small), Options{})
	w := open(t, m)
	if err := w.Initialise(1); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "net.vnc")
	if err := m.Save(path, w); err != nil {
		t.Fatal(err)
	}
	wider := load(t, path, Options{Set: map[string]string{"width": "5"}})
	err := wider.Save(filepath.Join(t.TempDir(), "wider.vnc"), nil)
	if err == nil || !strings.Contains(err.Error(), "of another shape") {
		t.Errorf("weights of another width are packed: %v", err)
	}
}

// A scaled loss is compiled in where an artifact has none, and an artifact that has one stays as it is, with its kernels.
func TestLoadWithScaledLoss(t *testing.T) {
	source := write(t, "net.vn", small)
	for _, scaled := range []bool{false, true} {
		m := load(t, source, Options{Training: true, ScaleLoss: scaled})
		m.Kernels = map[string][]byte{"training.fp16.sm_80.cu": []byte("text")}
		path := filepath.Join(t.TempDir(), "net.vnc")
		if err := m.Save(path, nil); err != nil {
			t.Fatal(err)
		}
		again := load(t, path, Options{Training: true, ScaleLoss: true})
		if !compiler.ScalesLoss(again.Training) {
			t.Errorf("scaled %v: the loss of the artifact is not scaled", scaled)
		}
		if has := len(again.Kernels) > 0; has != scaled {
			t.Errorf("scaled %v: that the kernels are there is %v", scaled, has)
		}
	}
}
