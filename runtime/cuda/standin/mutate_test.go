package standin_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// kernel is a kernel of testdata and the program that compares it with float64, in three orders of the threads.
type kernel struct {
	file, program string
	arg           string // the architecture, or which kernel of the file
	env           []string
}

var (
	convMMA    = kernel{"conv_mma.cu", "conv.cpp", "sm_80", nil}
	convWGMMA  = kernel{"conv_wgmma.cu", "conv.cpp", "sm_90a", []string{"VN_STANDIN_SM=9.0"}}
	matmulF16  = kernel{"matmul.cu", "matmul.cpp", "f16", nil}
	matmulTF32 = kernel{"matmul.cu", "matmul.cpp", "tf32", nil}
	kernels    = []kernel{convMMA, convWGMMA, matmulF16, matmulTF32}
)

// fault is a mistake in a kernel: what a regular expression finds, replaced once.
type fault struct {
	kernel  kernel
	name    string
	find    string
	replace string
	asan    bool // seen by the address sanitizer alone
}

var faults = []fault{
	{convMMA, "waits for one group too few", `vn_cp_wait<1>`, `vn_cp_wait<2>`, false},
	{convMMA, "no barrier after the wait", `__syncthreads\(\); // everybody.*`, ``, false},
	{convMMA, "no barrier before the halo is loaded again", `__syncthreads\(\); // the halo.*`, ``, false},
	{convMMA, "two stages instead of three", `stages = 3`, `stages = 2`, false},
	{convMMA, "one stage too many for the shared memory", `stages = 3`, `stages = 4`, false},
	{convMMA, "misaligned row of ldmatrix", `b_step \+ kw \* channels \* 32\)`, `b_step + kw * channels * 32 + 8)`, false},
	{convMMA, "a lane leaves out a collective", `(kw\+\+\) \{)`, `$1 if (lane == 3 && kw == 2) continue;`, false},
	{convMMA, "end of the halo not loaded", `i < 2 \* halo; i`, `i < 2 * halo - 16; i`, false},
	{convMMA, "padding not zero", `inside \? 16 : 0\)`, `16)`, false},
	{convMMA, "copies from outside the map", `\(unsigned\)d < depth && `, ``, false},
	{convMMA, "a write behind the end of the map", `\*\(vn_u32\*\)\(y \+ at\)`, `y[channels * voxels].bits = 0; $0`, false},
	{convMMA, "a read behind the end of an array, without effect", `bias\[c \+ 1\]`, `(bias[c + 2] == 12345.f ? 0.f : bias[c + 1])`, true},

	{convWGMMA, "weights released before wgmma has read them", `vn_gmma_wait<0>\(\);`, ``, false},
	{convWGMMA, "fragments overwritten before wgmma has read them", `vn_gmma_wait<1>\(\);`, ``, false},
	{convWGMMA, "no fence at all", `vn_gmma_fence\(\);`, ``, false},
	{convWGMMA, "parity of an empty barrier", `\(\(step / stages\) & 1\) \^ 1`, `(step / stages) & 1`, false},
	{convWGMMA, "16 bytes too few expected", `vn_mbar_expect\(weights_full \+ 8 \* q, step_bytes\)`, `vn_mbar_expect(weights_full + 8 * q, step_bytes - 16)`, false},
	{convWGMMA, "halo read without waiting", `vn_mbar_wait\(halo_full.*`, ``, false},
	{convWGMMA, "weights read without waiting", `vn_mbar_wait\(weights_full.*`, ``, false},
	{convWGMMA, "offsets of a descriptor exchanged", `channels \* 16, 128\)`, `128, channels * 16)`, false},
	{convWGMMA, "origin of a box", `h0 - 2, d0 - 2`, `h0 - 1, d0 - 2`, false},
	{convWGMMA, "barriers used by half of the arrivals", `vn_mbar_init\(weights_empty \+ 8 \* i, 2\)`, `vn_mbar_init(weights_empty + 8 * i, 1)`, false},

	{matmulF16, "bfloat16 multiplied as float16", `vn_pack_f16`, `vn_pack_bf16`, false},
	{matmulF16, "float16 multiplied as bfloat16", `vn_mma_f16`, `vn_mma_bf16`, false},
	{matmulF16, "halves exchanged", `a\[r \* depth \+ k\], a\[r \* depth \+ k \+ 1\]`, `a[r * depth + k + 1], a[r * depth + k]`, false},
	{matmulF16, "b not transposed", `vn_ldsm2t`, `vn_ldsm2`, false},
	{matmulF16, "no barrier", `__syncthreads\(\);`, ``, false},
	{matmulF16, "shared array too small", `sb, depth \* \(columns \+ 8\)`, `sb, depth * columns`, false},
	{matmulF16, "misaligned store", `j \* 8 \+ 2 \* \(lane & 3\)`, `j * 8 + 2 * (lane & 3) + 1`, false},

	{matmulTF32, "a not rounded", `vn_bits\(vn_to_tf32\(vn_float\(vn_lds32\(at\)\)\)\)`, `vn_lds32(at)`, false},
	{matmulTF32, "rows and columns of a fragment exchanged", `i % 2 \* 8\) \* pitch32 \+ k \+ t \+ i / 2 \* 4`, `i / 2 * 8) * pitch32 + k + t + i % 2 * 4`, false},
	{matmulTF32, "not waited", `vn_cp_wait<0>\(\);`, ``, false},
	{matmulTF32, "not committed", `vn_cp_commit\(\);`, ``, false},
	{matmulTF32, "no barrier", `(vn_cp_wait<0>\(\);\s*)__syncthreads\(\);`, `$1`, false},
	{matmulTF32, "half of a vector copied", `\+ k, 16\)`, `+ k, 8)`, false},
}

// TestKernels runs the kernels as they are: what is right must be found right, in all orders and under the sanitizer.
func TestKernels(t *testing.T) {
	for _, asan := range []bool{false, true} {
		programs := map[string]string{}
		for _, k := range kernels {
			if programs[k.program] == "" {
				programs[k.program] = program(t, k.program, asan)
			}
			t.Run(fmt.Sprintf("%s/%s/asan=%v", k.file, k.arg, asan), func(t *testing.T) {
				env := k.env
				if asan {
					env = append(env, "VN_STANDIN_ASAN=1", "VN_SCHED=rand:7")
				}
				if code, out := execute(t, env, programs[k.program], filepath.Join("testdata", k.file), k.arg); code != exitRight {
					t.Errorf("exit code %d\n%s", code, out)
				}
			})
		}
	}
}

// TestFaults plants one fault at a time. Each must be found in one of three orders at least.
func TestFaults(t *testing.T) {
	needCompiler(t)
	programs := map[string]string{}
	for _, f := range faults {
		key := fmt.Sprint(f.kernel.program, f.asan)
		if programs[key] == "" {
			programs[key] = program(t, f.kernel.program, f.asan)
		}
		exe := programs[key]
		t.Run(f.kernel.arg+"/"+f.name, func(t *testing.T) {
			t.Parallel()
			file := plant(t, f)
			env := f.kernel.env
			if f.asan {
				// Without the sanitizer this fault is not seen; else it would prove nothing of it.
				env = append(env, "VN_STANDIN_ASAN=1", "VN_SCHED=fwd")
			}
			code, out := execute(t, env, exe, file, f.kernel.arg)
			switch {
			case code == exitRight:
				t.Errorf("not found:\n%s", out)
			case code == exitBroken:
				t.Errorf("does not compile:\n%s", out)
			case code != exitWrong && !strings.Contains(out, "AddressSanitizer"):
				t.Errorf("the program died: %d\n%s", code, out)
			}
			t.Log(said(out))
		})
	}
}

// plant writes a kernel with a fault and returns its file.
func plant(t *testing.T, f fault) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", f.kernel.file))
	if err != nil {
		t.Fatal(err)
	}
	find := regexp.MustCompile(f.find)
	at := find.FindSubmatchIndex(text)
	if at == nil {
		t.Fatalf("%s has nothing like %s", f.kernel.file, f.find)
	}
	mutant := find.Expand(append([]byte{}, text[:at[0]]...), []byte(f.replace), text, at)
	file := filepath.Join(t.TempDir(), f.kernel.file)
	if err := os.WriteFile(file, append(mutant, text[at[1]:]...), 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

// said returns how a fault was found.
func said(out string) string {
	for line := range strings.Lines(out) {
		if strings.Contains(line, "vn stand-in: kernel") || strings.Contains(line, "NaN, relative") && strings.Contains(line, "error") ||
			strings.Contains(line, "ERROR: AddressSanitizer") {
			out = line
		}
	}
	return strings.TrimSpace(out)
}
