package staff

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"database/sql"
	"encoding/base64"
	"errors"
	"net/netip"
	"strconv"
	"time"
)

// ProposeCodes makes a secret for an editor's authenticator program. It holds once ProveCodes
// got a code made with it; offer carries it there through a form, sealed.
func (s *Store) ProposeCodes(e Editor, paper string) (book Codebook, offer string) {
	secret := newSecret()
	return codebook(secret, paper, e.Email), base64.RawURLEncoding.EncodeToString(s.seal(e.ID, secret))
}

// Offered returns what ProposeCodes returned with an offer, to show it once more.
func (s *Store) Offered(e Editor, paper, offer string) (Codebook, error) {
	secret, err := s.offered(e.ID, offer)
	if err != nil {
		return Codebook{}, err
	}
	return codebook(secret, paper, e.Email), nil
}

func (s *Store) offered(id int64, offer string) ([]byte, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(offer)
	if err != nil {
		return nil, ErrCode
	}
	return s.unseal(id, sealed)
}

// ProveCodes asks an editor for a code at each login from now on, once they have shown that
// their program makes the right ones. Else it is ErrCode; also for those who use codes: they
// drop them first.
func (s *Store) ProveCodes(ctx context.Context, e Editor, offer, code string, now time.Time) error {
	secret, err := s.offered(e.ID, offer)
	if err != nil {
		return err
	}
	step, ok := fits(secret, code, 0, now)
	if !ok {
		return ErrCode
	}
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		return one(tx.Exec(`UPDATE editor SET totp = ?2, totp_step = ?3 WHERE id = ?1 AND removed = 0 AND totp IS NULL`, e.ID, s.seal(e.ID, secret), step))
	})
	if errors.Is(err, ErrNoEditor) {
		return ErrCode
	}
	return err
}

// DropCodes lets an editor log in by password alone, once they have shown a last code: who
// sits down at their desk meanwhile cannot. Wrong codes count as logins that went wrong.
func (s *Store) DropCodes(ctx context.Context, e Editor, code string, from netip.Addr, now time.Time) error {
	who, where := keyed(s.doors, "editor "+e.Email), keyed(s.doors, "from "+network(from))
	wrong := error(nil)
	err := s.db.Update(ctx, func(tx *sql.Tx) error {
		if err := checkFailures(tx, who, where, now); err != nil {
			return err
		}
		if wrong = s.useCode(tx, e.ID, code, now); errors.Is(wrong, ErrCode) {
			return noteFailure(tx, now, who, where)
		}
		if wrong != nil {
			return wrong
		}
		return one(tx.Exec(`UPDATE editor SET totp = NULL WHERE id = ?1`, e.ID))
	})
	if err == nil {
		err = wrong
	}
	return err
}

// useCode takes a code once; a second time it is ErrCode (RFC 6238 section 5.2).
func (s *Store) useCode(tx *sql.Tx, id int64, code string, now time.Time) error {
	var sealed []byte
	var last int64
	if err := tx.QueryRow(`SELECT totp, totp_step FROM editor WHERE id = ?1`, id).Scan(&sealed, &last); err != nil {
		return err
	}
	secret, err := s.unseal(id, sealed)
	if err != nil {
		return errors.New("the codes of an editor cannot be read: the secret in the settings has changed; run `pressrun editors reset` for them")
	}
	step, ok := fits(secret, code, last, now)
	if !ok {
		return ErrCode
	}
	_, err = tx.Exec(`UPDATE editor SET totp_step = ?2 WHERE id = ?1`, id, step)
	return err
}

// seal encrypts a secret for one editor, so that it is of no use in a copy of the database.
// The nonce is made from what is sealed: the same secret gives the same bytes, and no two
// secrets share one.
func (s *Store) seal(id int64, secret []byte) []byte {
	aead := gcm(s.totp)
	nonce := keyed(s.totp, "nonce "+strconv.FormatInt(id, 10)+" "+string(secret))[:aead.NonceSize()]
	return aead.Seal(nonce, nonce, secret, strconv.AppendInt(nil, id, 10))
}

func (s *Store) unseal(id int64, sealed []byte) ([]byte, error) {
	aead := gcm(s.totp)
	if len(sealed) < aead.NonceSize() {
		return nil, ErrCode
	}
	secret, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], strconv.AppendInt(nil, id, 10))
	if err != nil {
		return nil, ErrCode
	}
	return secret, nil
}

func gcm(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the key has 32 bytes
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES has blocks of 16
	}
	return aead
}
