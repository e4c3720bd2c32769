package receiver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strings"
	"sync"
)

const maxSecrets = 8

// key is one secret, decoded. It keeps ready-made MACs, so that a delivery does not pay for the
// set-up of the key. It prints as [redacted].
type key struct{ pool sync.Pool }

type mac struct {
	hash   hash.Hash
	text   []byte // the parts that are not the body
	digest []byte
}

func newKey(bytes []byte) *key {
	k := &key{}
	k.pool.New = func() any {
		return &mac{hash: hmac.New(sha256.New, bytes), digest: make([]byte, 0, sha256.Size)}
	}
	return k
}

func (*key) String() string   { return "[redacted]" }
func (*key) GoString() string { return "[redacted]" }

// sum writes the MAC over the signed parts into digest.
func (k *key) sum(digest *[sha256.Size]byte, s *scheme, id, timestamp string, body []byte) {
	m := k.pool.Get().(*mac)
	m.hash.Reset()
	m.text = m.text[:0]
	for _, part := range s.Signed {
		switch part {
		case "id":
			m.text = append(m.text, id...)
		case "ts":
			m.text = append(m.text, timestamp...)
		case "body":
			if len(m.text) > 0 {
				m.hash.Write(m.text)
				m.text = m.text[:0]
			}
			m.hash.Write(body)
		default:
			m.text = append(m.text, part...)
		}
	}
	if len(m.text) > 0 {
		m.hash.Write(m.text)
	}
	m.digest = m.hash.Sum(m.digest[:0])
	copy(digest[:], m.digest)
	k.pool.Put(m)
}

// decodeKeys reads secrets as the profile says. An error never holds any part of a secret.
func decodeKeys(secretEncoding string, secrets []string) ([]*key, error) {
	if len(secrets) == 0 {
		return nil, problemf(ErrNoSecret, "give a secret: without one anybody could sign")
	}
	if len(secrets) > maxSecrets {
		return nil, problemf(ErrBadSecret, "%d secrets; at most %d are tried", len(secrets), maxSecrets)
	}
	keys := make([]*key, 0, len(secrets))
	for i, secret := range secrets {
		bytes, err := decodeSecret(secretEncoding, secret)
		if err == nil && len(bytes) == 0 {
			err = problemf(ErrNoSecret,
				"secret %d is empty: is the environment variable set?", i)
		}
		if err != nil {
			return nil, err
		}
		keys = append(keys, newKey(bytes))
	}
	return keys, nil
}

func decodeSecret(secretEncoding, secret string) ([]byte, error) {
	switch secretEncoding {
	case "whsec-base64":
		if strings.HasPrefix(secret, "v1,whsec_") {
			return nil, problemf(ErrBadSecret, "drop the \"v1,\" before whsec_")
		}
		// Go's decoder skips line ends; a pasted one must be an error all the same.
		text := strings.TrimPrefix(secret, "whsec_")
		bytes, err := base64.StdEncoding.DecodeString(text)
		if err != nil || strings.ContainsAny(text, "\r\n") {
			return nil, problemf(ErrBadSecret, "it must be whsec_ and padded base64; "+
				"look for white space or a cut end")
		}
		return bytes, nil
	case "hex":
		bytes, err := hex.DecodeString(secret)
		if err != nil {
			return nil, problemf(ErrBadSecret, "it must be hex digits, two for each byte")
		}
		return bytes, nil
	default:
		return []byte(secret), nil
	}
}
