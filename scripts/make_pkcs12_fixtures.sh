#!/usr/bin/env bash
# Makes tests/protocol/pkcs12/testdata: one pair with its chain, as OpenSSL, Java, GnuTLS and NSS write it.
# The password is in pw; the keys protect nothing.
set -euo pipefail
to=$(cd "$(dirname "$0")/../tests/protocol/pkcs12/testdata" && pwd)
cd "$(mktemp -d)"
umask 077
rm -f "$to"/*.p12

make_ca() { # NAME SUBJECT ISSUER
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$2" -keyout "$1.key" -out "$1.csr"
  printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n' > ca.cnf
  if [ "$1" = "$3" ]; then
    openssl x509 -req -in "$1.csr" -signkey "$1.key" -days 7000 -extfile ca.cnf -out "$1.pem"
  else
    openssl x509 -req -in "$1.csr" -CA "$3.pem" -CAkey "$3.key" -CAcreateserial -days 7000 -extfile ca.cnf \
      -out "$1.pem"
  fi
}

make_ca root "/CN=PKCS12 Root" root
make_ca sub "/CN=PKCS12 Sub" root
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=web.example -keyout leaf.key \
  -out leaf.csr
openssl x509 -req -in leaf.csr -CA sub.pem -CAkey sub.key -CAcreateserial -days 7000 -out leaf.pem
cat root.pem sub.pem > others.pem
printf 'secret\n' > pw

export_with_openssl() { # NAME FLAGS...
  local name=$1
  shift
  openssl pkcs12 -export -inkey leaf.key -in leaf.pem -certfile others.pem -name web -passout file:pw "$@" \
    -out "$to/$name.p12"
}

export_with_openssl openssl
export_with_openssl openssl-3des -legacy -certpbe PBE-SHA1-3DES
export_with_openssl openssl-2des -legacy -keypbe PBE-SHA1-2DES -certpbe PBE-SHA1-2DES
export_with_openssl openssl-rc2 -legacy
export_with_openssl openssl-no-mac -nomac
export_with_openssl openssl-sha512 -macalg sha512 -keypbe aes-128-cbc -certpbe aes-192-cbc
export_with_openssl openssl-pbes2-3des -keypbe DES-EDE3-CBC -certpbe DES-EDE3-CBC
# For tests that read a file a thousand times.
export_with_openssl openssl-quick -noiter -nomaciter
export_with_openssl openssl-quick-3des -noiter -nomaciter -legacy -certpbe PBE-SHA1-3DES
export_with_openssl openssl-quick-no-mac -noiter -nomac
export_with_openssl openssl-plain -keypbe NONE -certpbe NONE
printf 'gr\303\274n \342\202\254 \360\237\224\221\n' > pw
export_with_openssl openssl-unicode
export_with_openssl openssl-unicode-3des -legacy -certpbe PBE-SHA1-3DES
printf '\n' > pw
export_with_openssl openssl-empty
export_with_openssl openssl-empty-3des -legacy -certpbe PBE-SHA1-3DES
printf 'secret\n' > pw
openssl pkcs12 -export -nokeys -in others.pem -passout file:pw -out "$to/openssl-no-key.p12"

cat leaf.pem sub.pem > chain.pem
certtool --to-p12 --load-privkey leaf.key --load-certificate chain.pem --p12-name web --password secret \
  --outder --outfile "$to/gnutls.p12"

mkdir nss
certutil -N -d nss --empty-password
pk12util -i "$to/openssl.p12" -d nss -w pw
pk12util -o "$to/nss.p12" -n web -d nss -w pw

for profile in java java-legacy; do
  flags=()
  [ "$profile" = java ] || flags=(-J-Dkeystore.pkcs12.legacy)
  keytool "${flags[@]}" -importkeystore -srckeystore "$to/openssl.p12" -srcstorepass secret -alias web \
    -destkeystore "$to/$profile.p12" -deststoretype PKCS12 -deststorepass secret
done
cp "$to/java.p12" "$to/java-two-keys.p12"
keytool -genkeypair -alias mail -keyalg EC -dname CN=mail.example -keystore "$to/java-two-keys.p12" \
  -storepass secret
chmod 644 "$to"/*.p12
