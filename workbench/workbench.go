// Package workbench holds the verbs behind the command: load a model, check it, inspect it, pack it into an artifact,
// train it, and run it on volumes and arrays. The command line, the interactive session and the demo are its callers;
// they add flags and words, and no knowledge.
//
// A Model is what the verbs work on. Load makes it of a program (.vn), which is compiled, or of an artifact (.vnc),
// whose plans are decoded as they were stored; from there on the two are the same. An artifact also carries the text
// that it was compiled from, and where other settings are asked for it is compiled again from that.
//
//	m, err := workbench.Load("models/vnet.vn", workbench.Options{Training: true})
//	w, err := m.Open(device)            // makes its variables
//	err = w.Initialise(seed)            // or w.Load(tensors)
//	result, err := w.Train(ctx, ...)
//	err = m.Save("vnet.vnc", w)
//
// What is wrong with a program comes back as a diag.List, which is an error; the caller renders it with the lines that
// it speaks of. What is wrong with anything else is an error in words, with the file and the remedy.
package workbench

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/vnlang/vn/artifact"
	"github.com/vnlang/vn/compiler"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/compiler/report"
	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/train"
)

// Options say which model of a file is meant and how it is compiled.
type Options struct {
	Model    string            // its name; may be empty where the file has one model
	Set      map[string]string // parameters of the model, as text of the language: width = 8, image = 1, 64, 64, 32
	Batch    int               // samples in a training step; 0: as the recipe says
	Training bool              // make the training plan too, where the file has a recipe
	Verify   bool              // verify the graph after every pass of the compiler

	Recompile bool // compile an artifact again, from its sources
	ScaleLoss bool // train with a scaled loss, as float16 needs it
}

// overrides reports whether the options ask for another model than the one that an artifact holds.
func (o Options) overrides() bool {
	return o.Recompile || len(o.Set) > 0 || o.Batch > 0 || o.Model != ""
}

// Model is a compiled model with everything that it was declared with.
type Model struct {
	Path      string // of the file that it was loaded from
	Name      string
	Set       map[string]string // the parameters that were set from outside
	Inference *plan.Plan
	Training  *plan.Plan        // nil where there is no recipe, or none was asked for
	Outputs   []string          // of the inference plan, in the order in which the model returns them
	Data      *train.Data       // nil where the file declares none
	Recipe    *train.Recipe     // nil where the file declares none
	Warnings  diag.List         // of the program
	Kernels   map[string][]byte // for other devices than the processor, as BuildKernels made them; nil where it did not

	// Steps of the compilation, to be looked at; nil where the plans were decoded from an artifact.
	CompiledInference, CompiledTraining *compiler.Compiled

	sources sources
	report  *report.Report         // without the memory, which depends on the device
	packed  *artifact.Artifact     // that it was loaded from, or nil
	files   []*artifact.TensorFile // of weights that its workspaces loaded
}

// Load reads a model from a program or an artifact, which it tells apart by their content. The model must be closed.
func Load(path string, o Options) (*Model, error) {
	packed, err := isArtifact(path)
	if err != nil {
		return nil, err
	}
	if packed {
		return loadArtifact(path, o)
	}
	return Compile(path, ReadSource, o)
}

// Compile reads a program through a function, such as one that has it in memory, and compiles it.
func Compile(path string, read eval.Reader, o Options) (*Model, error) {
	p, err := loadProgram(path, read)
	if err != nil {
		return nil, err
	}
	return p.compile(o)
}

// Weights returns the trained weights that came with the model, or nil. They are readable until Close.
func (m *Model) Weights() *artifact.Tensors {
	if m.packed == nil {
		return nil
	}
	return m.packed.Weights
}

// Packed reports whether the model was loaded from an artifact.
func (m *Model) Packed() bool { return m.packed != nil }

// Close lets go of the file that the model was loaded from and of those that its workspaces loaded weights from. The
// workspaces are used no more, because their variables may stand in these files.
func (m *Model) Close() error {
	var err error
	for _, f := range m.files {
		err = errors.Join(err, f.Close())
	}
	m.files = nil
	if m.packed != nil {
		err = errors.Join(err, m.packed.Close())
	}
	return err
}

// unchanged reports an error when a file that variables may stand in was written since it was opened.
func (m *Model) unchanged() error {
	for _, f := range m.files {
		if err := f.Unchanged(); err != nil {
			return err
		}
	}
	if m.packed != nil {
		return m.packed.Unchanged()
	}
	return nil
}

// isArtifact reports whether the file at path is an artifact: by its name, or because it starts like a zip archive.
func isArtifact(path string) (bool, error) {
	if strings.EqualFold(filepath.Ext(path), ".vnc") {
		return true, nil
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return false, fmt.Errorf("open %s: %w: check the name", path, errors.Unwrap(err))
	case info.IsDir():
		return false, fmt.Errorf("open a model: %s is a directory: name a .vn or a .vnc file", path)
	case !info.Mode().IsRegular():
		return false, nil // a pipe gives its text once, and to the parser
	}
	file, err := os.Open(path)
	if err != nil {
		return false, fmt.Errorf("open a model: %w", err)
	}
	defer file.Close()
	var start [4]byte
	if _, err := io.ReadFull(file, start[:]); err != nil {
		return false, nil // too short for an archive: whatever it is, the parser has the words for it
	}
	return bytes.Equal(start[:], []byte("PK\x03\x04")), nil
}

// merged returns two sets of parameters as one; the second wins.
func merged(a, b map[string]string) map[string]string {
	if len(a)+len(b) == 0 {
		return nil
	}
	out := map[string]string{}
	maps.Copy(out, a)
	maps.Copy(out, b)
	return out
}
