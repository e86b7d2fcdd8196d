# Completion of kmcodec for bash 4.4 and later, made by "kmcodec completion bash".

_kmcodec() {
    local IFS=$'\n' program=${1/#\~/$HOME} current=${COMP_WORDS[COMP_CWORD]} line type value
    COMPREPLY=()
    for line in $(COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD \
        _KMCODEC_COMPLETE=bash_complete "$program" 2>/dev/null); do
        type=${line%%$'\t'*}
        value=${line#*$'\t'}
        case $type in
            plain) COMPREPLY+=("${value%%$'\t'*}") ;;
            file) compopt -o default ;;
            dir) compopt -o dirnames ;;
            kmq)
                compopt -o filenames -o plusdirs
                COMPREPLY+=($(compgen -f -X '!*.[kK][mM][qQ]' -- "$current"))
                ;;
        esac
    done
}

complete -o nosort -F _kmcodec kmcodec
