package train

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// touch makes empty files in a new directory.
func touch(t *testing.T, names ...string) string {
	t.Helper()
	directory := t.TempDir()
	for _, name := range names {
		path := filepath.Join(directory, filepath.FromSlash(name))
		mkdir(t, filepath.Dir(path))
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return directory
}

func TestFindCases(t *testing.T) {
	for _, c := range []struct {
		name         string
		image, label string
		files        []string
		want         []Case // paths relative to the directory
	}{
		{
			"PROMISE12", "*.mhd", "*_segmentation.mhd",
			[]string{"Case10.mhd", "Case10.raw", "Case10_segmentation.mhd", "Case10_segmentation.raw", "Case02.mhd", "Case02_segmentation.mhd", "notes.txt"},
			[]Case{{"Case02", "Case02.mhd", "Case02_segmentation.mhd"}, {"Case10", "Case10.mhd", "Case10_segmentation.mhd"}},
		},
		{
			"Decathlon", "imagesTr/*.nii.gz", "labelsTr/*.nii.gz",
			[]string{"imagesTr/prostate_01.nii.gz", "labelsTr/prostate_01.nii.gz", "imagesTr/deeper/x.nii.gz", "labelsTr/lonely.nii.gz"},
			[]Case{{"prostate_01", "imagesTr/prostate_01.nii.gz", "labelsTr/prostate_01.nii.gz"}},
		},
		{
			"a directory a case", "*/t2.mha", "*/gland.mha",
			[]string{"p1/t2.mha", "p1/gland.mha", "p2/other.mha"},
			[]Case{{"p1", "p1/t2.mha", "p1/gland.mha"}},
		},
		{
			"special characters", "[a]*.mha", "[a]*_l.mha",
			[]string{"[a]1.mha", "[a]1_l.mha", "a1.mha"},
			[]Case{{"1", "[a]1.mha", "[a]1_l.mha"}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			directory := touch(t, c.files...)
			got, err := FindCases(directory, Data{Image: c.image, Label: c.label})
			if err != nil {
				t.Fatal(err)
			}
			for i := range c.want {
				c.want[i].Image = filepath.Join(directory, c.want[i].Image)
				c.want[i].Label = filepath.Join(directory, c.want[i].Label)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("cases (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFindCasesErrors(t *testing.T) {
	for _, c := range []struct {
		name         string
		image, label string
		files        []string
		want         []string
	}{
		{"nothing", "*.mhd", "*_l.mhd", nil, []string{`no file matches image = "*.mhd"`}},
		{"no label", "*.mhd", "*_l.mhd", []string{"a.mhd", "b.mhd", "b_l.mhd"}, []string{`no label matching "*_l.mhd"`, "a.mhd", "add it"}},
		{"many without label", "*.mhd", "*_l.mhd", []string{"1.mhd", "2.mhd", "3.mhd", "4.mhd", "5.mhd", "6.mhd", "7.mhd"}, []string{"5.mhd and 2 more"}},
		{"every image is a label", "*_t2.mhd", "*.mhd", []string{"a_t2.mhd", "a.mhd"}, []string{`all 1 files that match image = "*_t2.mhd" match label`}},
		{"same pattern", "*.mhd", "./*.mhd", []string{"a.mhd"}, []string{"same pattern"}},
		{"no star", "a.mhd", "*.mhd", nil, []string{`"a.mhd" must have one *`}},
		{"two stars", "*.mhd", "*/*.mhd", nil, []string{`"*/*.mhd" must have one *`}},
		{"outside", "../*.mhd", "*.mhd", nil, []string{"must stay inside the data directory"}},
		{"no such directory", "images/*.mhd", "labels/*.mhd", nil, []string{"list the data directory", "images"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := FindCases(touch(t, c.files...), Data{Image: c.image, Label: c.label})
			wantError(t, err, c.want...)
		})
	}
}

func numbered(n int) []Case {
	cases := make([]Case, n)
	for i := range cases {
		cases[i].Name = fmt.Sprintf("%02d", i)
	}
	return cases
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		n        int
		fraction float64
		want     int
	}{{10, 0, 0}, {10, 0.2, 2}, {10, 0.001, 1}, {10, 0.999, 9}, {2, 0.5, 1}, {7, 0.5, 4}} {
		seen := map[string]bool{} // the different splits of 20 seeds
		for seed := range uint64(20) {
			training, validation, err := Split(numbered(c.n), c.fraction, seed)
			if err != nil {
				t.Fatal(err)
			}
			if len(validation) != c.want || len(training)+len(validation) != c.n {
				t.Errorf("%d cases, fraction %v: %d training and %d validation", c.n, c.fraction, len(training), len(validation))
			}
			all := map[string]bool{}
			for _, list := range [][]Case{training, validation} {
				for i, one := range list {
					all[one.Name] = true
					if i > 0 && list[i-1].Name > one.Name {
						t.Errorf("the split is not in order: %v", list)
					}
				}
			}
			if len(all) != c.n {
				t.Errorf("%d cases, fraction %v: a case is in both parts", c.n, c.fraction)
			}
			seen[fmt.Sprint(validation)] = true
			if _, again, _ := Split(numbered(c.n), c.fraction, seed); !cmp.Equal(validation, again) {
				t.Errorf("the same seed gave %v and %v", validation, again)
			}
		}
		if c.want > 0 && len(seen) < 2 {
			t.Errorf("%d cases, fraction %v: twenty seeds give one split", c.n, c.fraction)
		}
	}
	_, _, err := Split(numbered(1), 0.2, 1)
	wantError(t, err, "only 1", "validation = 0")
}
