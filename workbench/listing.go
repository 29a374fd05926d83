package workbench

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/vnlang/vn/artifact"
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/internal/atomicfile"
)

// WeightInfo describes a tensor of a file, or a variable that a model needs.
type WeightInfo struct {
	Name  string `json:"name"`
	Shape []int  `json:"shape"` // in memory order, the last axis fastest
	DType string `json:"dtype"` // as safetensors writes it
}

// ListWeights returns the tensors of a safetensors file or of a trained artifact, by name, or else the variables that a
// model needs, in the order in which it makes them.
func ListWeights(path string, o Options) ([]WeightInfo, error) {
	tensors, err := isTensors(path)
	if err != nil {
		return nil, err
	}
	if tensors {
		file, err := artifact.OpenTensors(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return infos(file.Tensors), nil
	}
	m, err := Load(path, o)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	if t := m.Weights(); t != nil {
		return infos(t), nil
	}
	out := []WeightInfo{}
	for _, v := range m.Inference.Graph.Values {
		if kind, name := v.Leaf(); kind == ir.LeafParameter || kind == ir.LeafState {
			out = append(out, WeightInfo{name, v.Type.Shape(), "F32"})
		}
	}
	return out, nil
}

func infos(t *artifact.Tensors) []WeightInfo {
	out := []WeightInfo{}
	for _, info := range t.Infos() {
		out = append(out, WeightInfo{info.Name, info.Shape, info.DType})
	}
	return out
}

// isTensors reports whether the file at path holds tensors alone: by its name, or because it starts as safetensors do,
// with the length of a header and its brace.
func isTensors(path string) (bool, error) {
	if strings.EqualFold(filepath.Ext(path), ".safetensors") {
		return true, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return false, fmt.Errorf("%w: check the name", err)
	}
	defer file.Close()
	var start [9]byte
	if _, err := io.ReadFull(file, start[:]); err != nil {
		return false, nil
	}
	return binary.LittleEndian.Uint64(start[:8]) < 1<<32 && start[8] == '{', nil
}

// ExportWeights writes the weights that came with the model as safetensors, atomically.
func (m *Model) ExportWeights(path string) error {
	t := m.Weights()
	if t == nil {
		return fmt.Errorf("%s: %w to export: train it first", m.Path, ErrNoWeights)
	}
	return atomicfile.Write(path, func(w io.Writer) error { return artifact.WriteTensors(w, t.Tensors(), t.Metadata) })
}
