#!/bin/sh
# Makes tests/x509/testdata: keys and certificates made by OpenSSL, and what OpenSSL reads in them. Run it by
# hand when a fixture is missing; the tests only need the files. Needs openssl 3 and deno.
set -eu
cd "$(dirname "$0")/.."
out=$PWD/tests/x509/testdata
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir keys certificates

# --- keys -------------------------------------------------------------------------------------------
key() { openssl genpkey -out "keys/$1.pem" -algorithm "$2" $(for o in "${@}"; do case $o in *:*) echo "-pkeyopt $o" ;; esac; done) 2>/dev/null; }

openssl ecparam -name prime256v1 -genkey -out keys/p256_sec1_with_parameters.pem
openssl ec -in keys/p256_sec1_with_parameters.pem -out keys/p256_sec1.pem 2>/dev/null
openssl ec -in keys/p256_sec1.pem -no_public -out keys/p256_sec1_without_public_key.pem 2>/dev/null
openssl ec -in keys/p256_sec1.pem -conv_form compressed -out keys/p256_sec1_compressed.pem 2>/dev/null
openssl ec -in keys/p256_sec1.pem -param_enc explicit -out keys/p256_sec1_explicit.pem 2>/dev/null
openssl pkcs8 -topk8 -nocrypt -in keys/p256_sec1.pem -out keys/p256_pkcs8.pem
openssl pkcs8 -topk8 -nocrypt -in keys/p256_sec1_without_public_key.pem -out keys/p256_pkcs8_without_public_key.pem
openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 1000 -passout pass:secret -in keys/p256_sec1.pem -out keys/p256_pkcs8_encrypted.pem
openssl ec -aes128 -passout pass:secret -in keys/p256_sec1.pem -out keys/p256_sec1_encrypted.pem 2>/dev/null
openssl ecparam -name secp384r1 -genkey -noout -out keys/p384_sec1.pem
openssl pkcs8 -topk8 -nocrypt -in keys/p384_sec1.pem -out keys/p384_pkcs8.pem
openssl ecparam -name secp521r1 -genkey -out keys/p521_sec1_with_parameters.pem
openssl pkcs8 -topk8 -nocrypt -in keys/p521_sec1_with_parameters.pem -out keys/p521_pkcs8.pem
openssl ecparam -name secp256k1 -genkey -noout -out keys/secp256k1_sec1.pem
openssl pkcs8 -topk8 -nocrypt -in keys/secp256k1_sec1.pem -out keys/secp256k1_pkcs8.pem
key rsa2048_pkcs8 RSA rsa_keygen_bits:2048
openssl rsa -traditional -in keys/rsa2048_pkcs8.pem -out keys/rsa2048_pkcs1.pem 2>/dev/null
openssl rsa -traditional -aes128 -passout pass:secret -in keys/rsa2048_pkcs8.pem -out keys/rsa2048_pkcs1_encrypted.pem 2>/dev/null
key rsa1024_pkcs8 RSA rsa_keygen_bits:1024
openssl rsa -traditional -in keys/rsa1024_pkcs8.pem -out keys/rsa1024_pkcs1.pem 2>/dev/null
key rsa_pss_pkcs8 RSA-PSS rsa_keygen_bits:2048
key rsa_pss_bound_pkcs8 RSA-PSS rsa_keygen_bits:2048 rsa_pss_keygen_md:sha384 rsa_pss_keygen_mgf1_md:sha384 rsa_pss_keygen_saltlen:48
key ed25519_pkcs8 ED25519
key ed448_pkcs8 ED448
key x25519_pkcs8 X25519
openssl dsaparam -genkey -noout -out keys/dsa_traditional.pem 2048 2>/dev/null

# --- certificates -----------------------------------------------------------------------------------
# certificate NAME KEY SUBJECT [ISSUER] [openssl options...]; extensions come from the file `extensions`.
# Uses `openssl ca`: nothing else in OpenSSL 3.0 accepts both dates.
from=20200101000000Z
to=21191231235959Z
certificate() {
  name=$1 key=$2 subject=$3 issuer=$4
  shift 4
  openssl req -new -key "keys/$key.pem" -subj "$subject" -utf8 -multivalue-rdn -out request.pem
  if [ -n "$issuer" ]; then
    by="-cert certificates/${issuer%:*}.pem -keyfile keys/${issuer#*:}.pem"
  else
    by="-selfsign -keyfile keys/$key.pem"
  fi
  : >index.txt
  rm -f index.txt.attr
  cat >ca.cnf <<CNF
[ca]
default_ca = this
[this]
database = index.txt
new_certs_dir = .
policy = anything
default_md = default
unique_subject = no
rand_serial = yes
preserve = yes
[anything]
countryName = optional
stateOrProvinceName = optional
localityName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
serialNumber = optional
domainComponent = optional
userId = optional
emailAddress = optional
CNF
  openssl ca -batch -notext -utf8 -multivalue-rdn -preserveDN -config ca.cnf $by -in request.pem \
    -startdate "$from" -enddate "$to" -extfile extensions -out "certificates/$name.pem" "$@" 2>log ||
    { cat log >&2; exit 1; }
}
root='basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash'
leaf='basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth,clientAuth
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
subjectAltName=DNS:device.example'

echo "$root" >extensions
certificate root p384_sec1 "/C=DE/O=Example/CN=Fixture Root" "" -md sha384
certificate root_expired p384_sec1 "/C=DE/O=Example/CN=Fixture Root" "" -md sha384 -startdate 20000101000000Z -enddate 20101231235959Z
certificate root_sha1 rsa2048_pkcs8 "/CN=Fixture SHA-1" "" -md sha1
certificate root_rsa1024 rsa1024_pkcs8 "/CN=Fixture RSA 1024" "" -md sha256
{ echo "$root"; echo "authorityKeyIdentifier=keyid,issuer:always"; } >extensions
certificate intermediate p256_sec1 "/C=DE/O=Example/CN=Fixture Intermediate" root:p384_sec1 -md sha256
echo "basicConstraints=critical,CA:TRUE,pathlen:0
keyUsage=critical,keyCertSign
nameConstraints=critical,permitted;DNS:example,excluded;IP:192.0.2.0/255.255.255.0" >extensions
certificate constrained p256_sec1 "/CN=Fixture Constrained" root:p384_sec1 -md sha512

echo "$leaf" >extensions
certificate leaf_p256 p256_sec1 "/CN=device.example" intermediate:p256_sec1 -md sha256
certificate leaf_expired p256_sec1 "/CN=device.example" intermediate:p256_sec1 -md sha256 -startdate 20200101000000Z -enddate 20210101000000Z
certificate leaf_p384 p384_sec1 "/CN=device.example" intermediate:p256_sec1 -md sha384
certificate leaf_p521 p521_pkcs8 "/CN=device.example" intermediate:p256_sec1 -md sha512
certificate leaf_rsa2048 rsa2048_pkcs8 "/CN=device.example" intermediate:p256_sec1 -md sha256
certificate leaf_rsa_pss rsa_pss_pkcs8 "/CN=device.example" intermediate:p256_sec1 -md sha256
certificate leaf_ed25519 ed25519_pkcs8 "/CN=device.example" intermediate:p256_sec1 -md sha256
certificate leaf_ed448 ed448_pkcs8 "/CN=device.example" intermediate:p256_sec1 -md sha256
certificate leaf_secp256k1 secp256k1_pkcs8 "/CN=device.example" intermediate:p256_sec1 -md sha256
certificate leaf_dsa dsa_traditional "/CN=device.example" intermediate:p256_sec1 -md sha256
certificate leaf_compressed p256_sec1_compressed "/CN=device.example" intermediate:p256_sec1 -md sha256
certificate leaf_of_constrained p384_sec1 "/CN=device.example" constrained:p256_sec1 -md sha256

# Self-signed, one for each signature that is verified here (and some that are refused).
echo "subjectAltName=DNS:device.example" >extensions
certificate self_p256_sha256 p256_sec1 "/CN=Self" "" -md sha256
certificate self_p256_sha512 p256_sec1 "/CN=Self" "" -md sha512
certificate self_p384_sha384 p384_sec1 "/CN=Self" "" -md sha384
certificate self_p521_sha256 p521_pkcs8 "/CN=Self" "" -md sha256
certificate self_p521_sha512 p521_pkcs8 "/CN=Self" "" -md sha512
certificate self_ed25519 ed25519_pkcs8 "/CN=Self" "" -md default
certificate self_rsa_sha256 rsa2048_pkcs8 "/CN=Self" "" -md sha256
certificate self_rsa_sha384 rsa2048_pkcs8 "/CN=Self" "" -md sha384
certificate self_rsa_sha512 rsa2048_pkcs8 "/CN=Self" "" -md sha512
certificate self_rsa_signing_pss rsa2048_pkcs8 "/CN=Self" "" -md sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:48
certificate self_rsa_signing_pss_other_salt rsa2048_pkcs8 "/CN=Self" "" -md sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20
certificate self_rsa_signing_pss_other_mask rsa2048_pkcs8 "/CN=Self" "" -md sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_mgf1_md:sha512
certificate self_rsa_signing_pss_sha1 rsa2048_pkcs8 "/CN=Self" "" -md sha1 -sigopt rsa_padding_mode:pss
certificate self_rsa_pss rsa_pss_pkcs8 "/CN=Self" "" -md sha256
certificate self_rsa_pss_bound rsa_pss_bound_pkcs8 "/CN=Self" "" -md sha384
certificate self_ecdsa_sha1 p256_sec1 "/CN=Self" "" -md sha1
certificate self_ecdsa_sha224 p256_sec1 "/CN=Self" "" -md sha224
certificate self_rsa_sha1 rsa2048_pkcs8 "/CN=Self" "" -md sha1
certificate self_rsa_md5 rsa2048_pkcs8 "/CN=Self" "" -md md5
certificate self_dsa dsa_traditional "/CN=Self" "" -md sha256
certificate self_ed448 ed448_pkcs8 "/CN=Self" "" -md default
certificate self_secp256k1 secp256k1_pkcs8 "/CN=Self" "" -md sha256

# Names of every kind.
cat >extensions <<'EXT'
subjectAltName=@names
extendedKeyUsage=serverAuth,1.2.3.4.5
1.2.3.4=critical,ASN1:UTF8String:unknown
[names]
DNS.1=device.example
DNS.2=*.device.example
IP.1=192.0.2.1
IP.2=2001:db8::1
IP.3=::ffff:192.0.2.1
IP.4=2001:0:0:1:0:0:0:1
URI.1=urn:device:1
URI.2=http://a/, DNS:evil.example
email.1=admin@device.example
otherName.1=1.3.6.1.4.1.311.20.2.3;UTF8:user@device.example
dirName.1=directory
RID.1=1.2.3.4
[directory]
C=DE
CN=Directory
EXT
certificate every_name ed25519_pkcs8 "/C=DE/ST=Berlin/L=Mitte/O=Ex, Inc; \"quoted\" <x>/OU=#1 \\\\ =/DC=org/DC=example/serialNumber=00-1+CN= leading and trailing /UID=u1/emailAddress=a@b.example" "" -md default
printf 'basicConstraints=CA:FALSE\n' >extensions
certificate unicode ed25519_pkcs8 "/O=Gerätebau Müller/CN=日本 😀" "" -md default
certificate v2050 ed25519_pkcs8 "/CN=Late" "" -md default -startdate 491231235959Z -enddate 20500101000000Z
: >extensions
certificate bare ed25519_pkcs8 "/CN=Bare" "" -md default
openssl x509 -req -in request.pem -signkey keys/ed25519_pkcs8.pem -days 36500 -set_serial 0x7f -out certificates/v1.pem 2>/dev/null
openssl x509 -req -in request.pem -signkey keys/ed25519_pkcs8.pem -days 36500 -set_serial 0x80 -out certificates/v1_serial_80.pem 2>/dev/null
openssl x509 -req -in request.pem -signkey keys/ed25519_pkcs8.pem -days 36500 -set_serial 0 -out certificates/v1_serial_0.pem 2>/dev/null

# --- the files --------------------------------------------------------------------------------------
field() { openssl x509 -noout -sha256 -nameopt "$2" "$1" -in "$3" | cut -d= -f2-; }
rm -rf "$out"
mkdir -p "$out/keys" "$out/certificates"
cp keys/*.pem "$out/keys/"
cp certificates/*.pem "$out/certificates/"
{
  echo '{'
  separator=
  for file in certificates/*.pem; do
    printf '%s"%s": {' "$separator" "$(basename "$file" .pem)"
    separator=,
    comma=
    for part in subject issuer serial startdate:notBefore enddate:notAfter fingerprint; do
      value=$(field "-${part%:*}" RFC2253 "$file" | sed 's/[\\"]/\\&/g')
      printf '%s"%s": "%s"' "$comma" "${part#*:}" "$value"
      comma=,
    done
    echo '}'
  done
  echo '}'
} >"$out/certificates.json"
deno fmt -q "$out/certificates.json"
