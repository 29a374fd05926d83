// Package build makes a cubin, the machine code of a GPU, of the CUDA C++ that package codegen/cuda writes. It starts a
// compiler that the machine has, and keeps what was made in the user's cache.
//
// The compilers, in the order in which they are tried: vnc-nvrtc (cmd/vnc-nvrtc), which VN_NVRTC_COMMAND names or which
// lies beside the running command or on PATH; and nvcc of the CUDA toolkit. Where there is none, the text is left to be
// compiled where it runs.
package build

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"

	"github.com/vnlang/vn/codegen/cuda"
)

// ErrNoCompiler is the error where the machine has no compiler. The error that wraps it says what was tried.
var ErrNoCompiler = errors.New("there is no compiler for CUDA here")

// Compile compiles a text for an architecture: one of package cuda, or the name of a later one, such as sm_120, on which
// the kernels for SM80 run too. How names the compiler, and what it says goes to log, where that is not nil. What was
// provided, or was compiled before by the same compiler, is taken as it is. The error wraps ErrNoCompiler where there is
// no compiler.
func Compile(text string, arch cuda.Arch, log io.Writer) (cubin []byte, how string, err error) {
	if cubin, ok := provided.Load(keyOf(text, "", arch)); ok {
		return cubin.([]byte), "provided", nil
	}
	c, err := find(arch)
	if err != nil {
		return nil, "", err
	}
	key := keyOf(text, c.version, arch)
	if cubin := cached(key); cubin != nil {
		return cubin, c.version, nil
	}
	cubin, said, err := c.run(text, arch)
	if log != nil && len(said) > 0 {
		log.Write(said)
	}
	if err != nil {
		return nil, c.version, err
	}
	if err := CheckImage(cubin); err != nil {
		return nil, c.version, fmt.Errorf("what %s makes of the kernels for %s cannot be used: %w", c.command, arch, err)
	}
	keep(key, cubin)
	return cubin, c.version, nil
}

// provided holds cubins that came with their text, by the key of that.
var provided sync.Map

// ProvideParts gives Compile what another machine compiled of the parts of a module's text, as an artifact has it; as many
// as there are, in order. Another number is of another text, and is left alone, as is one with a cubin that is damaged.
func ProvideParts(text string, arch cuda.Arch, cubins [][]byte) {
	parts := cuda.Parts(text)
	damaged := func(cubin []byte) bool { return CheckImage(cubin) != nil }
	if len(parts) != len(cubins) || slices.ContainsFunc(cubins, damaged) {
		return
	}
	for i, part := range parts {
		provided.Store(keyOf(part, "", arch), cubins[i])
	}
}

// CompileParts compiles the parts of a module's text, several at once, and returns a cubin for each.
func CompileParts(text string, arch cuda.Arch, log io.Writer) (cubins [][]byte, how string, err error) {
	parts := cuda.Parts(text)
	cubins = make([][]byte, len(parts))
	said, hows := make([]bytes.Buffer, len(parts)), make([]string, len(parts))
	errs := make([]error, len(parts))
	var all sync.WaitGroup
	turns := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, part := range parts {
		all.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			cubins[i], hows[i], errs[i] = Compile(part, arch, &said[i])
		})
	}
	all.Wait()
	for i := range parts {
		if log != nil {
			said[i].WriteTo(log)
		}
		if errs[i] != nil {
			return nil, "", errs[i]
		}
	}
	return cubins, hows[0], nil
}
