# Completion of kmcodec for bash 4.4 and later, made by "kmcodec completion bash".

_kmcodec() {
    local IFS=$'\n' program=${1/#\~/$HOME} current=${COMP_WORDS[COMP_CWORD]} line type value
    COMPREPLY=()
    while IFS= read -r line; do
        type=${line%%$'\t'*}
        value=${line#*$'\t'}
        case $type in
            plain) COMPREPLY+=("${value%%$'\t'*}") ;;
            file) compopt -o default ;;
            dir) compopt -o dirnames ;;
            kmq)
                compopt -o filenames -o plusdirs
                while IFS= read -r value; do
                    COMPREPLY+=("$value")
                done < <(compgen -f -X '!*.[kK][mM][qQ]' -- "$current")
                ;;
        esac
    done < <(COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD \
        _KMCODEC_COMPLETE=bash_complete "$program" 2>/dev/null)
}

complete -o nosort -F _kmcodec kmcodec
