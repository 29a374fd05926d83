//go:build linux && (amd64 || arm64)

package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"
)

// library is NVRTC (docs.nvidia.com/cuda/nvrtc), loaded. A result that is not 0 is an error.
type library struct {
	file string // that it was loaded from

	errorText func(result int32) string
	number    func(major, minor *int32) int32
	create    func(program *uintptr, text, name string, headers int32, contents, names unsafe.Pointer) int32
	build     func(program uintptr, count int32, options **byte) int32
	logSize   func(program uintptr, size *uintptr) int32
	log       func(program uintptr, to *byte) int32
	cubinSize func(program uintptr, size *uintptr) int32
	cubin     func(program uintptr, to *byte) int32
	destroy   func(program *uintptr) int32

	countArchs func(count *int32) int32 // nil where it has no such function, like the next
	listArchs  func(archs *int32) int32
}

// open loads a library and finds its functions.
func open(name string) (*library, error) {
	handle, err := purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_LOCAL) // local: there may be several
	if err != nil {
		return nil, err
	}
	l := &library{file: name}
	for symbol, function := range map[string]any{
		"nvrtcGetErrorString": &l.errorText, "nvrtcVersion": &l.number, "nvrtcCreateProgram": &l.create,
		"nvrtcCompileProgram": &l.build, "nvrtcGetProgramLogSize": &l.logSize, "nvrtcGetProgramLog": &l.log,
		"nvrtcGetCUBINSize": &l.cubinSize, "nvrtcGetCUBIN": &l.cubin, "nvrtcDestroyProgram": &l.destroy,
	} {
		at, err := purego.Dlsym(handle, symbol)
		if err != nil {
			return nil, fmt.Errorf("%s lacks %s, which came with CUDA 11.2", name, symbol)
		}
		purego.RegisterFunc(function, at)
		if symbol == "nvrtcVersion" {
			l.file = cmp.Or(mapped(at), name)
		}
	}
	for symbol, function := range map[string]any{"nvrtcGetNumSupportedArchs": &l.countArchs, "nvrtcGetSupportedArchs": &l.listArchs} {
		if at, err := purego.Dlsym(handle, symbol); err == nil {
			purego.RegisterFunc(function, at)
		}
	}
	return l, nil
}

// mapped returns the file that the memory at an address is of, which the loader may have chosen; empty where it cannot be
// known.
func mapped(address uintptr) string {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(maps)) {
		var from, to uintptr
		if _, err := fmt.Sscanf(line, "%x-%x", &from, &to); err != nil || address < from || address >= to {
			continue
		}
		if at := strings.IndexByte(line, '/'); at >= 0 {
			return strings.TrimSpace(line[at:])
		}
	}
	return ""
}

// version returns the version of the library.
func (l *library) version() (major, minor int32) {
	l.number(&major, &minor)
	return major, minor
}

// name says which library this is.
func (l *library) name() string {
	major, minor := l.version()
	return fmt.Sprintf("NVRTC %d.%d (%s)", major, minor, l.file)
}

// stamp is the name with the time of the file, so that it can tell what was made by which.
func (l *library) stamp() string {
	info, err := os.Stat(l.file)
	if err != nil {
		return l.name()
	}
	return strings.TrimSuffix(l.name(), ")") + info.ModTime().UTC().Format(" of 2006-01-02 15:04:05 UTC)")
}

// compile compiles a text. The log comes back with an error too.
func (l *library) compile(text string, options []string) (cubin []byte, log string, err error) {
	var program uintptr
	if err := l.check(l.create(&program, text, "vn.cu", 0, nil, nil)); err != nil {
		return nil, "", err
	}
	defer l.destroy(&program)
	pointers := make([]*byte, len(options)) // to bytes of Go, which do not move
	for i, o := range options {
		pointers[i] = unsafe.SliceData(append([]byte(o), 0))
	}
	built := l.build(program, int32(len(options)), unsafe.SliceData(pointers))
	if text, err := l.bytes(program, l.logSize, l.log); err == nil {
		log = strings.TrimSpace(strings.TrimRight(string(text), "\x00"))
	}
	if err := l.check(built); err != nil {
		return nil, log, err
	}
	cubin, err = l.bytes(program, l.cubinSize, l.cubin)
	if err == nil && len(cubin) == 0 {
		err = errors.New("NVRTC made no cubin: it wants an architecture such as sm_80")
	}
	return cubin, log, err
}

// bytes reads what a program has, through a function that gives its size and one that writes it.
func (l *library) bytes(program uintptr, size func(uintptr, *uintptr) int32, read func(uintptr, *byte) int32) ([]byte, error) {
	var n uintptr
	if err := l.check(size(program, &n)); err != nil || n == 0 {
		return nil, err
	}
	b := make([]byte, n)
	return b, l.check(read(program, unsafe.SliceData(b)))
}

// check makes an error of a result.
func (l *library) check(result int32) error {
	if result == 0 {
		return nil
	}
	return errors.New(l.errorText(result))
}
