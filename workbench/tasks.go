package workbench

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vnlang/vn/volume"
)

// RunOptions say what becomes of a run's results.
type RunOptions struct {
	Directory        string // where the results go; made if need be
	LargestComponent bool   // keep the largest 6-connected component of a mask alone
	Probability      bool   // write the probability of the foreground beside the mask
	Overwrite        bool   // replace results that are there already; inputs are never replaced
}

// Outcome is what was made of one input.
type Outcome struct {
	Input       string   `json:"input"`
	Outputs     []string `json:"outputs"`     // paths of the files that were written
	Mask        bool     `json:"mask"`        // the input is a volume, and the first output its mask
	Millilitres float64  `json:"millilitres"` // of the mask
	Seconds     float64  `json:"seconds"`
}

// Task is one input of a run, and where its results go.
type Task struct {
	Input string
	array bool
	files map[string]string // of the results, by "mask", "probability", or an output's name
}

// Plan says which files a run over inputs will write, before it does anything: masks are named after their inputs, such
// as Case00_segmentation.mhd. Inputs that are labels by the data block's pattern are left out and returned as skipped,
// because a pattern of the shell takes them in together with the images. It is an error where two inputs would write
// one file, where a result would replace an input, or a file that is there already and Overwrite is not set. The file
// with the voxels that belongs to a .mhd counts too.
func (m *Model) Plan(inputs []string, o RunOptions) (tasks []Task, skipped []string, err error) {
	owner := map[string]string{}
	for _, input := range inputs {
		if m.isLabel(input) {
			skipped = append(skipped, input)
			continue
		}
		task := m.task(input, o)
		for _, file := range task.written() {
			if other, taken := owner[file]; taken {
				return nil, nil, fmt.Errorf("%s and %s would both be written to %s: run them one after the other, into two directories", other, input, file)
			}
			owner[file] = input
			if err := mayWrite(file, inputs, o.Overwrite); err != nil {
				return nil, nil, err
			}
		}
		tasks = append(tasks, task)
	}
	if len(tasks) == 0 {
		return nil, nil, fmt.Errorf("every input is a label by the pattern %q of the data block: name images", m.Data.Label)
	}
	return tasks, skipped, nil
}

// isLabel reports whether a file goes by the pattern of the labels.
func (m *Model) isLabel(input string) bool {
	if m.Data == nil {
		return false
	}
	match, err := path.Match(path.Base(m.Data.Label), filepath.Base(input))
	return err == nil && match
}

// task names the results of an input.
func (m *Model) task(input string, o RunOptions) Task {
	base, extension := splitExtension(filepath.Base(input))
	t := Task{Input: input, array: extension == ".npy", files: map[string]string{}}
	if t.array {
		for _, name := range m.Outputs {
			t.files[name] = filepath.Join(o.Directory, base+"_"+name+".npy")
		}
		return t
	}
	t.files["mask"] = filepath.Join(o.Directory, base+"_segmentation"+extension)
	if o.Probability {
		t.files["probability"] = filepath.Join(o.Directory, base+"_probability"+extension)
	}
	return t
}

// written returns the files that the task writes, those that hold the voxels of others included, in order.
func (t Task) written() (files []string) {
	for _, result := range slices.Sorted(maps.Values(t.files)) {
		files = append(files, volume.Files(result)...)
	}
	return files
}

// splitExtension cuts the name of an input before its extension, and returns the one that its results get: that of the
// same format.
func splitExtension(name string) (base, extension string) {
	lower := strings.ToLower(name)
	for _, known := range []string{".nii.gz", ".nii", ".mha", ".mhd", ".npy"} {
		if strings.HasSuffix(lower, known) {
			return name[:len(name)-len(known)], known
		}
	}
	for _, pair := range []string{".hdr", ".img", ".hdr.gz", ".img.gz"} { // NIfTI in two files
		if strings.HasSuffix(lower, pair) {
			return name[:len(name)-len(pair)], ".nii"
		}
	}
	return name, ".mhd"
}

// mayWrite reports why a result must not be written to a file.
func mayWrite(file string, inputs []string, overwrite bool) error {
	_, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	for _, input := range inputs {
		if SameFile(input, file) {
			return fmt.Errorf("the result %s would replace an input: choose another directory with -o", file)
		}
	}
	if !overwrite {
		return fmt.Errorf("%s is there already, and may be a label: choose another directory with -o, or replace it with --overwrite", file)
	}
	return nil
}
