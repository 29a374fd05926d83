package cuda

import "fmt"

// splitSums are sums in scratch memory: where a convolution has too few blocks to fill a device, several share the channels
// of one result. Each leaves its sums as its threads have them, four at a time; a second launch adds them up, in the order
// of the channels, and does what the kernel does with results.
//
// They lie as [split][block][row][column][thread][4]; blocks are counted through all splits.
type splitSums struct {
	at            int64
	splits        int
	blocks        int // of one split
	rows, columns int // of a thread
	threads       int
}

// bytes returns what the sums of all splits take.
func (s splitSums) bytes() int64 {
	return int64(s.splits*s.blocks) * int64(s.rows*s.columns*s.threads) * 16
}

// place returns where sums are, in units of four.
func (s splitSums) place(block, row, column, thread string) string {
	return fmt.Sprintf("(((long long)(%s) * %d + %s) * %d + %s) * %d + %s", block, s.rows, row, s.columns, column, s.threads, thread)
}

// of returns the number of a block of a split.
func (s splitSums) of(split, block string) string { return joined(scaled(split, s.blocks), block) }

// leave writes how a thread leaves its sums: those of row i and column j, to which an expression points.
func (s splitSums) leave(b *body, block, thread, sums string) {
	to := b.scratch("float4", s.at)
	b.open("VN_UNROLL for (int i = 0; i < %d; i++) VN_UNROLL for (int j = 0; j < %d; j++)", s.rows, s.columns)
	b.line("const float* const v = %s;", sums)
	b.line("%s[%s] = make_float4(v[0], v[1], v[2], v[3]);", to, s.place(block, "i", "j", thread))
	b.close()
}

// add writes the sums of a row over all splits, of some of its columns, to acc.
func (s splitSums) add(b *body, block, row, first string, columns int) {
	from := b.scratch("float4", s.at)
	b.line("float acc[%d][4] = {};", columns)
	b.open("%sfor (int split = 0; split < %d; split++) VN_UNROLL for (int j = 0; j < %d; j++)", when(columns == 1, "VN_UNROLL "), s.splits, columns)
	b.line("const float4 v = %s[%s];", from, s.place(s.of("split", block), row, joined(first, "j"), "threadIdx.x"))
	b.line("acc[j][0] += v.x; acc[j][1] += v.y; acc[j][2] += v.z; acc[j][3] += v.w;")
	b.close()
}
