package volume

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// niftiHeader is what Vn needs of a NIfTI-1 or NIfTI-2 header, in the widths of NIfTI-2.
type niftiHeader struct {
	Geometry
	kind         Type
	order        binary.ByteOrder
	size         int64 // bytes of the header
	pair         bool  // the voxels stand in an .img file beside the header
	offset       int64 // where in their file they begin
	slope, inter float64
}

// nifti1Fields is the header of NIfTI-1 (nifti1.h), field by field.
type nifti1Fields struct {
	SizeofHdr                                int32
	DataType                                 [10]byte
	DBName                                   [18]byte
	Extents                                  int32
	SessionError                             int16
	Regular, DimInfo                         byte
	Dim                                      [8]int16
	IntentP                                  [3]float32
	IntentCode, Datatype, Bitpix, SliceStart int16
	Pixdim                                   [8]float32
	VoxOffset, SclSlope, SclInter            float32
	SliceEnd                                 int16
	SliceCode, XyztUnits                     byte
	CalMax, CalMin, SliceDuration, Toffset   float32
	Glmax, Glmin                             int32
	Descrip                                  [80]byte
	AuxFile                                  [24]byte
	QformCode, SformCode                     int16
	Quatern, Qoffset                         [3]float32
	Srow                                     [3][4]float32
	IntentName                               [16]byte
	Magic                                    [4]byte
}

// nifti2Fields is the header of NIfTI-2 (nifti2.h), field by field.
type nifti2Fields struct {
	SizeofHdr                              int32
	Magic                                  [8]byte
	Datatype, Bitpix                       int16
	Dim                                    [8]int64
	IntentP                                [3]float64
	Pixdim                                 [8]float64
	VoxOffset                              int64
	SclSlope, SclInter                     float64
	CalMax, CalMin, SliceDuration, Toffset float64
	SliceStart, SliceEnd                   int64
	Descrip                                [80]byte
	AuxFile                                [24]byte
	QformCode, SformCode                   int32
	Quatern, Qoffset                       [3]float64
	Srow                                   [3][4]float64
	SliceCode, XyztUnits, IntentCode       int32
	IntentName                             [16]byte
	DimInfo                                byte
	Unused                                 [15]byte
}

// The sizes of the two headers, which are their first fields and tell the version and the byte order; and the least
// offset of voxels that follow a header and its four bytes of extension flags.
const (
	nifti1Size   = 348
	nifti2Size   = 540
	nifti1Offset = nifti1Size + 4
	nifti2Offset = nifti2Size + 4
)

// niftiTypes are the voxel types by their codes.
var niftiTypes = map[int16]Type{
	2: Uint8, 256: Int8, 512: Uint16, 4: Int16, 768: Uint32, 8: Int32, 1280: Uint64, 1024: Int64, 16: Float32, 64: Float64,
}

// niftiOrder tells the header's size and byte order from its first four bytes.
func niftiOrder(start []byte) (size int, order binary.ByteOrder, ok bool) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch size := order.Uint32(start); size {
		case nifti1Size, nifti2Size:
			return int(size), order, true
		}
	}
	return 0, nil, false
}

// parseNIfTIHeader reads a header of either version, and no byte beyond it.
func parseNIfTIHeader(r io.Reader) (*niftiHeader, error) {
	raw := make([]byte, nifti2Size)
	if err := readHeader(r, raw[:4]); err != nil {
		return nil, err
	}
	size, order, ok := niftiOrder(raw)
	if !ok {
		return nil, fmt.Errorf("the file begins with % x, and a NIfTI header with its size, %d or %d: the file is damaged, or no NIfTI", raw[:4], nifti1Size, nifti2Size)
	}
	if err := readHeader(r, raw[4:size]); err != nil {
		return nil, err
	}
	var fields nifti2Fields
	least := int64(nifti2Offset)
	if size == nifti1Size {
		var narrow nifti1Fields
		if _, err := binary.Decode(raw, order, &narrow); err != nil {
			return nil, err
		}
		var err error
		if fields, err = narrow.widen(); err != nil {
			return nil, err
		}
		least = nifti1Offset
	} else if _, err := binary.Decode(raw, order, &fields); err != nil {
		return nil, err
	}
	h := &niftiHeader{order: order, size: int64(size)}
	return h, h.interpret(&fields, least)
}

func readHeader(r io.Reader, into []byte) error {
	_, err := io.ReadFull(r, into)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file ends within the NIfTI header: it was cut off, copy it again")
	}
	return err
}

// widen turns a NIfTI-1 header into one of NIfTI-2, as far as Vn reads them.
func (n *nifti1Fields) widen() (nifti2Fields, error) {
	w := nifti2Fields{
		Datatype: n.Datatype,
		SclSlope: float64(n.SclSlope), SclInter: float64(n.SclInter),
		QformCode: int32(n.QformCode), SformCode: int32(n.SformCode),
		XyztUnits: int32(n.XyztUnits),
	}
	copy(w.Magic[:], n.Magic[:])
	offset := float64(n.VoxOffset)
	if !(offset >= 0 && offset <= math.MaxInt32) || offset != math.Trunc(offset) {
		return w, fmt.Errorf("vox_offset is %v: it must be a number of bytes", offset)
	}
	w.VoxOffset = int64(offset)
	for i := range 8 {
		w.Dim[i], w.Pixdim[i] = int64(n.Dim[i]), float64(n.Pixdim[i])
	}
	for i := range 3 {
		w.Quatern[i], w.Qoffset[i] = float64(n.Quatern[i]), float64(n.Qoffset[i])
		for j := range 4 {
			w.Srow[i][j] = float64(n.Srow[i][j])
		}
	}
	return w, nil
}

// interpret fills the header from its fields; least is the least offset of voxels in the header's own file.
func (h *niftiHeader) interpret(f *nifti2Fields, least int64) error {
	switch magic := string(bytes.TrimRight(f.Magic[:4], "\x00")); magic {
	case "n+1", "n+2":
	case "ni1", "ni2":
		h.pair = true
	case "":
		return errors.New("the header has no NIfTI magic: it is of the older Analyze format, which does not say where the voxels lie in the patient; convert it to NIfTI")
	default:
		return fmt.Errorf("the header's magic is %q, and that of NIfTI n+1, ni1, n+2 or ni2: the file is damaged", magic)
	}
	if err := h.interpretSize(f); err != nil {
		return err
	}
	kind, ok := niftiTypes[f.Datatype]
	if !ok {
		return fmt.Errorf("datatype is %d: Vn reads scalar images of 8 to 64 bits, not bits (1), complex numbers (32, 1792), colours (128, 2304) or longer floats (1536)", f.Datatype)
	}
	h.kind = kind
	h.offset = f.VoxOffset
	if !h.pair && h.offset == 0 {
		h.offset = least
	}
	if h.offset < 0 || !h.pair && h.offset < least {
		return fmt.Errorf("vox_offset is %d, within the header, which ends at byte %d: the header is damaged", f.VoxOffset, least)
	}
	h.slope, h.inter = f.SclSlope, f.SclInter
	if h.slope == 0 || math.IsNaN(h.slope) || math.IsInf(h.slope, 0) {
		h.slope, h.inter = 1, 0 // the standard's, and for NaN nibabel's, way to say that values are not scaled
	}
	if math.IsNaN(h.inter) || math.IsInf(h.inter, 0) {
		return fmt.Errorf("scl_inter is %v: it must be finite", h.inter)
	}
	return h.interpretGeometry(f)
}

// interpretSize reads dim: one to three axes, and more if they have size 1.
func (h *niftiHeader) interpretSize(f *nifti2Fields) error {
	axes := f.Dim[0]
	if axes < 1 || axes > 7 {
		return fmt.Errorf("dim[0] is %d, and an image has 1 to 7 axes: the header is damaged", axes)
	}
	h.Size = [3]int{1, 1, 1}
	for axis := int64(1); axis <= axes; axis++ {
		n := f.Dim[axis]
		if n < 1 || n > math.MaxInt32 {
			return fmt.Errorf("dim[%d] is %d, which is no number of voxels: the header is damaged", axis, n)
		}
		if axis > 3 && n != 1 {
			return fmt.Errorf("the image has %d axes, of sizes %v: Vn reads volumes of three axes; split it along axis %d", axes, f.Dim[1:axes+1], axis)
		}
		if axis <= 3 {
			h.Size[axis-1] = int(n)
		}
	}
	if n := h.Size; n[0] > math.MaxInt/16/n[1]/n[2] {
		return fmt.Errorf("dim asks for %s voxels, which is more than memory can hold: the header is damaged", formatSize(n))
	}
	return nil
}
