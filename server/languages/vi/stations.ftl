# Trạm.
stations-title = Trạm

error-station-unknown = Máy này không phải là trạm đang dùng
    .advice = Có thể trạm đã được cài trên máy khác. Hãy xin mã cài đặt mới trên trang của trạm rồi cài lại: loaban-player enrol.
error-station-nonce = Câu hỏi giờ không hợp lệ
    .advice = nonce phải có { $digits } chữ số thập lục phân.
error-station-range = Phần được yêu cầu nằm ngoài bản ghi
    .advice = Hãy tải lại từ đầu.
error-station-needs-name = Thiếu tên trạm
    .advice = Hãy ghi tên, nhiều nhất 100 ký tự.
error-station-clusters = Danh sách cụm loa không hợp lệ
    .advice = Mỗi dòng một cụm loa, nhiều nhất { $most } dòng, mỗi dòng nhiều nhất 100 ký tự.
error-station-volume = Âm lượng không hợp lệ
    .advice = Hãy chọn từ −30 đến 0 dB.

error-enrolment-code-wrong = Mã cài đặt không đúng
    .advice = Hãy so từng chữ với mã trên trang của trạm rồi gõ lại. Chữ O và số 0, chữ I và số 1 được coi như nhau.
error-enrolment-code-used = Mã cài đặt này đã được dùng
    .advice = Mỗi mã chỉ dùng một lần. Hãy cấp mã mới trên trang của trạm rồi gõ mã mới.
error-enrolment-code-replaced = Mã cài đặt này đã được thay bằng mã mới
    .advice = Hãy mở trang của trạm và gõ mã đang hiện ở đó.
error-enrolment-code-expired = Mã cài đặt đã hết hạn
    .advice = Mã có hiệu lực { $days } ngày. Hãy cấp mã mới trên trang của trạm rồi gõ mã mới.
error-enrolment-too-many = Đã thử cài đặt quá nhiều lần
    .advice = Hãy kiểm tra lại mã trên trang của trạm và thử lại sau { $minutes } phút.
