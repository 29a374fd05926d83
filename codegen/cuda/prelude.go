package cuda

import (
	"embed"
	"strings"
)

//go:embed prelude/*.h
var preludes embed.FS

// prelude returns the functions that kernels stand on. Where CUDA compiles, all of them are in the text; elsewhere the
// processor's side is included, which the checker brings along.
func prelude(a Arch) string {
	var t strings.Builder
	t.WriteString("#ifndef VN_PRELUDE\n#define VN_PRELUDE // two texts may stand in one file\n")
	if a == SM90a {
		t.WriteString("#ifndef VN_SM90A\n#define VN_SM90A\n#endif\n")
	}
	t.WriteString("#if defined(__CUDACC__) || defined(__CUDACC_RTC__)\n")
	t.WriteString(file("device.h"))
	if a == SM90a {
		t.WriteString(file("wgmma.h"))
	}
	t.WriteString("#else\n#include \"host.h\"\n#endif\n")
	t.WriteString(file("common.h"))
	t.WriteString(file("convolution.h"))
	t.WriteString("#endif\n")
	return t.String()
}

// file returns a file of the prelude, which is part of the program.
func file(name string) string {
	text, err := preludes.ReadFile("prelude/" + name)
	if err != nil {
		panic(err)
	}
	return string(text)
}
