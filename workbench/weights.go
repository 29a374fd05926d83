package workbench

import (
	"errors"
	"fmt"
	goruntime "runtime"
	"sync"
	"sync/atomic"

	"github.com/vnlang/vn/artifact"
	"github.com/vnlang/vn/train"
)

// Load loads weights by their names. All that the inference needs must be there, with the right shapes and finite
// values, else the error says what is missing and what is there instead; an optimizer's states may be. It returns the
// names of tensors that the model has no use for.
//
// Where the model has no training plan, the variables are the file's own memory if it is mapped: nothing is copied, and
// the tensors must stay open as long as the workspace is used.
func (w *Workspace) Load(t *artifact.Tensors, from string) (unused []string, err error) {
	unused, err = w.compare(w.Name, t, from)
	if err != nil {
		return nil, err
	}
	infos := t.Infos()
	var lock sync.Mutex // of the variables
	err = onCores(len(infos), func(i int) error {
		name := infos[i].Name
		if w.Variables.Size(name) < 0 {
			return nil
		}
		values, err := w.read(t, infos[i], from)
		if err != nil {
			return err
		}
		lock.Lock()
		defer lock.Unlock()
		if err := w.Variables.Adopt(name, values); err != nil {
			return fmt.Errorf("load weights from %s: %s: %w", from, name, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return unused, nil
}

// read returns the values of a tensor, which are finite: in place where they are mapped and only read, for a training
// would copy every page of them at its first step.
func (w *Workspace) read(t *artifact.Tensors, info artifact.TensorInfo, from string) ([]float32, error) {
	var values []float32
	if w.Training == nil {
		values = t.Mapped(info.Name)
	}
	if values == nil {
		values = make([]float32, info.Elements())
		if err := t.Read(info.Name, values); err != nil {
			return nil, err
		}
	}
	if t.Finite {
		return values, nil
	}
	if i, ok := artifact.Finite(values); !ok {
		return nil, fmt.Errorf("load weights from %s: %s[%d] is %v: a training that diverged wrote them; take an earlier checkpoint", from, info.Name, i, values[i])
	}
	return values, nil
}

// onCores calls do(0) to do(n-1) on all cores, and returns the error of the first that has one.
func onCores(n int, do func(i int) error) error {
	errs := make([]error, n)
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(n, goruntime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				errs[i] = do(i)
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// LoadFile loads weights from a safetensors file, which may stay open until the model is closed; see Load.
func (w *Workspace) LoadFile(path string) (unused []string, err error) {
	file, err := artifact.OpenTensors(path)
	if err != nil {
		return nil, err
	}
	if w.Training == nil {
		w.files = append(w.files, file)
	} else {
		defer file.Close()
	}
	return w.Load(file.Tensors, path)
}

// ErrNoWeights is the error of a model that was never trained.
var ErrNoWeights = errors.New("the model has no trained weights")

// LoadOwn loads the weights that came with the model; ErrNoWeights where none did.
func (w *Workspace) LoadOwn() (unused []string, err error) {
	if w.Weights() == nil {
		return nil, fmt.Errorf("%s: %w", w.Path, ErrNoWeights)
	}
	return w.Load(w.Weights(), w.Path)
}

// weights returns what an artifact keeps: the variables of the inference and all parameters.
func (w *Workspace) weights() []artifact.Tensor {
	var out []artifact.Tensor
	for _, t := range train.Tensors(w.Variables, w.shapes) {
		if w.required[t.Name] {
			out = append(out, t)
		}
	}
	return out
}
